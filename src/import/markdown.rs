//! Turns the markdown of a Hugo page into ours.
//!
//! Comments go, simple HTML becomes markdown, headings step down so that they cannot be taken for updates.
//! Code blocks and code spans are left exactly as they are.

/// What stays of a text, and what had to be dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cleaned {
    /// The text; lines stand where they stood.
    pub(super) text: String,
    /// Whether a comment was dropped.
    pub(super) had_comment: bool,
    /// Whether a comment was opened and never closed; its words were kept.
    pub(super) open_comment: bool,
}

/// Follows the fences of code blocks from line to line.
#[derive(Default)]
pub(super) struct Fences(Option<String>);

impl Fences {
    /// Whether the line belongs to a code block, its fences included.
    pub(super) fn covers(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start();
        let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'));
        let run: String =
            mark.map_or(String::new(), |mark| trimmed.chars().take_while(|c| *c == mark).collect());
        match &self.0 {
            None if run.len() >= 3 => self.0 = Some(run),
            None => return false,
            Some(open) if run.starts_with(open.as_str()) && trimmed.trim_end() == run => self.0 = None,
            Some(_) => {}
        }
        true
    }
}

/// Drops HTML comments, keeping the number of lines. A `-->` left behind by a comment that was opened up
/// for publishing goes too.
pub(super) fn drop_comments(text: &str) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut fences = Fences::default();
    let last_end = text.rfind("-->").unwrap_or(0);
    let (mut at, mut line_end) = (0, None);
    while at < text.len() {
        // Only once for each line, however many comments it holds.
        let end = line_end.filter(|end| *end >= at).unwrap_or_else(|| line_end_behind(text, at));
        line_end = Some(end);
        let line = text.get(at..end).unwrap_or_default();
        if fences.covers(line) {
            push_line(&mut cleaned.text, line);
            at = end + 1;
            continue;
        }
        let Some(start) = line.find("<!--") else {
            push_line(&mut cleaned.text, line.trim_end().strip_suffix("-->").map_or(line, str::trim_end));
            at = end + 1;
            continue;
        };
        cleaned.text.push_str(line.get(..start).unwrap_or_default());
        let inner = text.get(at + start + 4..).unwrap_or_default();
        let closes = if at + start + 4 <= last_end { inner.find("-->") } else { None };
        let Some(length) = closes else {
            // `<!-->` is a whole comment by itself; anything else lost its end.
            cleaned.open_comment |= !inner.starts_with('>');
            at += start + 4 + usize::from(inner.starts_with('>'));
            continue;
        };
        cleaned.had_comment = true;
        let lines = inner.get(..length).unwrap_or_default().matches('\n').count();
        cleaned.text.push_str(&"\n".repeat(lines));
        at += start + 4 + length + 3;
        if at >= text.len() {
            cleaned.text.push('\n');
        }
    }
    cleaned
}

/// Where the line ends that holds the byte `at`.
fn line_end_behind(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |length| at + length)
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// The final shape of an update's text: simple HTML as markdown, headings no higher than the third level, no
/// empty lines at its ends and never two in a row.
pub(super) fn finish(text: &str) -> String {
    let mut fences = Fences::default();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if fences.covers(line) {
            lines.push(line.trim_end().to_owned());
            continue;
        }
        if is_underline(line) && lines.last().is_some_and(|above| is_paragraph(above)) {
            if let Some(above) = lines.last_mut() {
                *above = format!("### {}", above.trim());
            }
            continue;
        }
        let line = lower_heading(line.trim_end());
        lines.extend(html_to_markdown(&line).split('\n').map(str::to_owned));
    }
    squeeze(lines)
}

/// Whether a line draws a rule: three or more of one mark and nothing else, also if an editor escaped the first.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim().strip_prefix('\\').filter(|rest| !rest.is_empty()).unwrap_or(line);
    let plain: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let mark = plain.chars().next().filter(|c| matches!(c, '-' | '=' | '*' | '_'));
    mark.is_some_and(|mark| plain.len() >= 3 && plain.chars().all(|c| c == mark))
}

fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 2 && (line.chars().all(|c| c == '=') || line.chars().all(|c| c == '-'))
}

fn is_paragraph(line: &str) -> bool {
    let text = line.trim();
    !text.is_empty()
        && !text.starts_with(['#', '-', '*', '>', '|', '`', '~', '+'])
        && !line.starts_with("    ")
}

fn lower_heading(line: &str) -> String {
    let text = line.trim_start();
    let level = text.chars().take_while(|c| *c == '#').count();
    let after = text.get(level..).unwrap_or_default();
    if (1..=2).contains(&level) && line.len() - text.len() < 4 && (after.is_empty() || after.starts_with(' '))
    {
        return format!("###{after}");
    }
    line.to_owned()
}

fn squeeze(lines: Vec<String>) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut fences = Fences::default();
    for line in lines {
        let in_code = fences.covers(&line);
        let doubled = line.trim().is_empty() && out.last().is_none_or(|last| last.trim().is_empty());
        if in_code || !doubled {
            out.push(line);
        }
    }
    while out.last().is_some_and(|last| last.trim().is_empty()) {
        out.pop();
    }
    out.join("\n")
}

/// The lines of a body, each with its number from 0: an HTML paragraph becomes one of markdown, a line for each `<br>`.
pub(super) fn paragraph_lines(body: &str) -> Vec<(usize, String)> {
    let mut fences = Fences::default();
    let mut lines = Vec::new();
    for (number, line) in body.lines().enumerate() {
        let in_code = fences.covers(line);
        let Some(inner) = line.trim().strip_prefix("<p>").filter(|_| !in_code) else {
            lines.push((number, line.to_owned()));
            continue;
        };
        let inner = inner.strip_suffix("</p>").unwrap_or(inner);
        let written = html_to_markdown(inner);
        let parts = written.split('\n').map(|part| part.trim_end_matches([' ', '\\']).to_owned());
        let parted = [String::new()].into_iter().chain(parts).chain([String::new()]);
        lines.extend(parted.map(|part| (number, part)));
    }
    lines
}

/// Writes the simple tags of one line as markdown. Unknown tags stay: we show them as text.
fn html_to_markdown(line: &str) -> String {
    let mut out = String::new();
    let mut links: Vec<String> = Vec::new();
    let mut spans = CodeSpans::of(line);
    let mut rest = line;
    while let Some(start) = rest.find(['<', '`']) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        if from.starts_with('`') {
            let length = spans.length(line.len() - from.len());
            let (span, after) = from.split_at_checked(length).unwrap_or((from, ""));
            out.push_str(span);
            rest = after;
            continue;
        }
        let inner = from.get(1..).unwrap_or_default();
        let written = tag(inner).and_then(|(tag, after)| Some((markdown_for(tag, &mut links)?, after)));
        if let Some((markdown, after)) = written {
            out.push_str(&markdown);
            rest = after;
        } else {
            out.push('<');
            rest = inner;
        }
    }
    out.push_str(rest);
    for link in links.into_iter().rev() {
        out.push_str(&format!("]({link})"));
    }
    out
}

/// The inside of a tag and what follows it. No tag holds another one's beginning, so each byte is looked at once.
fn tag(inner: &str) -> Option<(&str, &str)> {
    let end = inner.find(['<', '>'])?;
    let (tag, after) = inner.split_at_checked(end)?;
    Some((tag, after.strip_prefix('>')?))
}

/// The runs of backticks of a line, for finding where a code span ends without searching the line for each run.
struct CodeSpans {
    /// Where a run begins, how many backticks it has, and how many the longest run behind it has.
    runs: Vec<(usize, usize, usize)>,
    next: usize,
}

impl CodeSpans {
    fn of(line: &str) -> Self {
        let mut runs: Vec<(usize, usize, usize)> = Vec::new();
        for (at, _) in line.match_indices('`') {
            match runs.last_mut() {
                Some((start, ticks, _)) if *start + *ticks == at => *ticks += 1,
                _ => runs.push((at, 1, 0)),
            }
        }
        let mut longest = 0;
        for (_, ticks, behind) in runs.iter_mut().rev() {
            *behind = longest;
            longest = longest.max(*ticks);
        }
        Self { runs, next: 0 }
    }

    /// The length of the code span that begins at the byte `at`; that of the backticks alone where nothing closes it.
    fn length(&mut self, at: usize) -> usize {
        let is_before = |run: &&(usize, usize, usize)| run.0 + run.1 <= at;
        self.next += self.runs.get(self.next..).unwrap_or_default().iter().take_while(is_before).count();
        let Some((start, ticks, longest_behind)) = self.runs.get(self.next).copied() else { return 1 };
        let ticks = start + ticks - at;
        let behind = self.runs.get(self.next + 1..).unwrap_or_default();
        let closes = || behind.iter().find(|(_, length, _)| *length >= ticks);
        let closing = if longest_behind >= ticks { closes() } else { None };
        closing.map_or(ticks, |(close, ..)| close + ticks - at)
    }
}

fn markdown_for(tag: &str, links: &mut Vec<String>) -> Option<String> {
    let lower = tag.trim().trim_end_matches('/').trim().to_lowercase();
    let (name, attributes) = lower.split_once(char::is_whitespace).unwrap_or((&lower, ""));
    let mark = match name {
        "br" => "\\\n",
        "b" | "/b" | "strong" | "/strong" => "**",
        "i" | "/i" | "em" | "/em" => "*",
        "code" | "/code" | "tt" | "/tt" => "`",
        "s" | "/s" | "strike" | "/strike" | "del" | "/del" => "~~",
        "p" | "/p" | "ul" | "/ul" | "ol" | "/ol" | "div" | "/div" => "\n\n",
        "li" => "\n- ",
        "/li" => "",
        "hr" => "\n\n---\n\n",
        "img" => {
            return Some(format!(
                "![{}]({})",
                attribute(tag, "alt").unwrap_or_default(),
                attribute(tag, "src")?
            ));
        }
        "a" if attributes.contains("href") => {
            links.push(attribute(tag, "href")?);
            "["
        }
        "/a" => return links.pop().map(|link| format!("]({link})")),
        _ => return None,
    };
    Some(mark.to_owned())
}

/// The value of a tag's attribute, quoted or not; `None` when it could break out of a link.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.to_ascii_lowercase().find(name)? + name.len();
    let value = tag.get(start..)?.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_whitespace().next()?,
    };
    let safe = !value.is_empty() && !value.contains(['(', ')', '<', '>', ' ', '\n']);
    safe.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_lines_stay() {
        let cleaned = drop_comments("a\n<!-- [Final]\ngone\n[Initial message] -->\nb");
        assert_eq!(cleaned.text.trim_end(), "a\n\n\n\nb");
        assert!(cleaned.had_comment && !cleaned.open_comment);
    }

    #[test]
    fn leftovers_of_comments_go() {
        assert_eq!(drop_comments("[Initial message] -->\nx").text, "[Initial message]\nx\n");
        assert_eq!(drop_comments("<!-->\n[Final]\n[Initial] -->\nx").text.trim(), "x");
    }

    #[test]
    fn an_open_comment_keeps_its_words() {
        let cleaned = drop_comments("a <!-- b\nc");
        assert_eq!((cleaned.text.as_str(), cleaned.open_comment), ("a  b\nc\n", true));
    }

    #[test]
    fn code_is_left_alone() {
        let code = "```text\n<!-- keep -->\n# keep\n<b>\n\n\n```";
        assert_eq!(finish(&drop_comments(code).text), code);
        assert_eq!(
            finish("see `<br>` and <IP:PORT> and <https://x.org>"),
            "see `<br>` and <IP:PORT> and <https://x.org>"
        );
    }

    #[test]
    fn simple_html_becomes_markdown() {
        assert_eq!(
            finish("<b>Up</b> <a href=\"https://x.org\">here</a><br/>now"),
            "**Up** [here](https://x.org)\\\nnow"
        );
        assert_eq!(finish("<ul><li>one</li><li>two</li></ul>"), "- one\n- two");
        assert_eq!(finish("<strike>old</strike>"), "~~old~~");
    }

    #[test]
    fn headings_step_down() {
        assert_eq!(
            finish("# One\n\n## Two\n\n### Three\n\nFour\n===="),
            "### One\n\n### Two\n\n### Three\n\n### Four"
        );
    }
}
