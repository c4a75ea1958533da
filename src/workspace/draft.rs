//! Text that is typed in an editor, kept until it is in its file.
//!
//! Promises: words that were typed stay below `drafts/` in the state folder until the caller has written them elsewhere, whatever
//! fails in between; the next draft of the same name begins with them. Only [`Draft::done`] removes them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

use crate::files::{self, Durability};
use crate::located::FILE_BYTES_MAX;
use crate::workspace::root::Root;
use crate::workspace::{state, write};

/// Below this line the editor's file only helps.
const HELP_MARK: &str = "<!-- everything below is not published -->";

/// The file that an editor opens.
pub(crate) struct Draft {
    state: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// The draft of that name, which may have slashes.
    pub(crate) fn of(root: &Root, name: &str) -> Self {
        let path = root.state.join("drafts").join(format!("{}.md", name.replace('/', "__")));
        Self { state: root.state.clone(), path }
    }

    /// Opens the editor on what was typed before, with some help below, and returns the text.
    pub(crate) fn write(&self, help: &str) -> anyhow::Result<String> {
        // What cannot be read as text is opened as it is: writing over it would lose it.
        let before = self.words().ok();
        if let Some(before) = &before {
            state::folder(&self.state)?;
            self.save(&format!("{before}\n\n{HELP_MARK}\n{help}\n"))?;
        }
        let editor = std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR"));
        let editor = editor.unwrap_or_else(|_| "vi".to_owned());
        // The variable may hold options, as in `code --wait`.
        let mut words = editor.split_whitespace();
        let program = words.next().unwrap_or("vi");
        let ended = Command::new(program).args(words).arg(&self.path).status();
        let ended = ended.with_context(|| format!("failed to start {program}"))?;
        if !ended.success() {
            // An editor that fails while it saves leaves an empty file.
            if let Some(before) = before.filter(|_| self.words().is_ok_and(|words| words.is_empty())) {
                self.save(&before)?;
            }
            bail!("{program} ended with {ended}; {}", self.fate());
        }
        match self.words() {
            Ok(words) if words.is_empty() => {
                self.done();
                bail!("empty text; nothing was changed")
            }
            Ok(words) => Ok(words),
            Err(unreadable) => bail!("{unreadable:#}; {}", self.fate()),
        }
    }

    /// What happens to the text if the caller fails, for its message.
    pub(crate) fn fate(&self) -> String {
        match self.words() {
            Ok(words) if words.is_empty() => "nothing was changed".to_owned(),
            _ => format!("your text is saved in {}; run the same command to reopen it", self.path.display()),
        }
    }

    /// Removes the draft: its words are in their file.
    pub(crate) fn done(&self) {
        drop(fs::remove_file(&self.path));
    }

    fn save(&self, text: &str) -> anyhow::Result<()> {
        write::file(&self.path, text.as_bytes(), Durability::Synced)
    }

    /// What is in the file above the help; empty if there is no file. Fails if that is no text, or longer than a file of an
    /// incident may be.
    fn words(&self) -> anyhow::Result<String> {
        let unreadable = || format!("failed to read {}", self.path.display());
        let read = files::read(&self.path, FILE_BYTES_MAX as u64).with_context(unreadable)?;
        let text = String::from_utf8(read.unwrap_or_default()).with_context(unreadable)?;
        Ok(text.split(HELP_MARK).next().unwrap_or_default().trim().to_owned())
    }
}
