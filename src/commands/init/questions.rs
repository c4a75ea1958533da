//! The questions of `allclear init`: name, address, languages, features, how subscribers are notified, and who speaks.
//!
//! Promises: an option answers its question, so scripts are asked nothing; an answer that the files could not hold is
//! asked for again on a terminal, and refused elsewhere.

use std::io;

use crate::cli::arguments::Init;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::commands::init::answers::Answers;
use crate::commands::init::files;
use crate::model::problem::{Problem, ProblemLevel};

/// Puts a question; `None` if nobody answers any more.
pub(super) type Ask<'a> = &'a mut dyn FnMut(&str) -> io::Result<Option<String>>;

struct Question {
    words: &'static str,
    is_required: bool,
    answer: fn(&mut Answers) -> &mut String,
    given: fn(&Init) -> Option<&String>,
}

/// From here on the questions are about those who are notified.
const RELAY: usize = 5;

const QUESTIONS: [Question; 8] = [
    Question {
        words: "Name of your company or product? (such as Acme)",
        is_required: true,
        answer: |answers| &mut answers.name,
        given: |options| options.name.as_ref(),
    },
    Question {
        words: "The page's URL? (such as https://status.acme.com)",
        is_required: true,
        answer: |answers| &mut answers.url,
        given: |options| options.url.as_ref(),
    },
    Question {
        words: "Its languages, the default first? [en]",
        is_required: false,
        answer: |answers| &mut answers.languages,
        given: |options| options.languages.as_ref(),
    },
    Question {
        words: "What do customers use, in their words? (such as Checkout, Search) [Website]",
        is_required: false,
        answer: |answers| &mut answers.features,
        given: |options| options.features.as_ref(),
    },
    Question {
        words: "Which address sends the emails? (such as status@acme.com) [none: no one is notified yet]",
        is_required: false,
        answer: |answers| &mut answers.from,
        given: |options| options.from.as_ref(),
    },
    Question {
        words: "Through which mail server? [localhost]",
        is_required: false,
        answer: |answers| &mut answers.relay,
        given: |options| options.relay.as_ref(),
    },
    Question {
        words: "Who speaks for the page? (such as Ana Prieto <ana@acme.com>, Bo Berg <bo@acme.com>) [no one yet]",
        is_required: false,
        answer: |answers| &mut answers.people,
        given: |options| options.people.as_ref(),
    },
    Question {
        words: "URL of your runbook, the instructions for those who respond? [none yet]",
        is_required: false,
        answer: |answers| &mut answers.runbook,
        given: |options| options.runbook.as_ref(),
    },
];

impl Answers {
    /// The answers that the options give, and on a terminal those to the other questions.
    pub(super) fn of(options: &Init, mut ask: Option<Ask<'_>>) -> Result<Self, Failure> {
        let mut answers =
            Self { time_zone: options.time_zone.clone().unwrap_or_default(), ..Self::default() };
        answers.fault().map_or(Ok(()), |fault| Err(Failure::Usage(fault)))?;
        for (number, question) in QUESTIONS.iter().enumerate() {
            if let Some(given) = (question.given)(options) {
                answers.take(question, given).map_err(Failure::Usage)?;
            } else if let Some(ask) = &mut ask
                && !(answers.from.is_empty() && number >= RELAY)
            {
                answers.ask(question, ask)?;
            } else if question.is_required {
                return Err(Failure::Usage(
                    "a new site needs a name and an address, for example `allclear init status --name Acme --url \
                     https://status.acme.com`. On a terminal, `allclear init status` asks for them; `--sample` \
                     makes the sample instead"
                        .to_owned(),
                ));
            }
        }
        Ok(answers)
    }

    fn ask(&mut self, question: &Question, ask: &mut Ask<'_>) -> Result<(), Failure> {
        loop {
            let Some(typed) = ask(question.words)? else {
                return Err(Failure::Refused {
                    why: "the questions were not answered; nothing was written".to_owned(),
                    hint: "run it again, or pass the answers as options; see `allclear init --help`"
                        .to_owned(),
                });
            };
            if typed.is_empty() && question.is_required {
                continue;
            }
            match self.take(question, &typed) {
                Ok(()) => return Ok(()),
                Err(fault) => print::say(&fault),
            }
        }
    }

    /// Takes an answer, unless the files cannot hold it.
    fn take(&mut self, question: &Question, typed: &str) -> Result<(), String> {
        let mut with = self.clone();
        typed.trim().clone_into((question.answer)(&mut with));
        match with.fault() {
            Some(fault) => Err(fault),
            None => {
                *self = with;
                Ok(())
            }
        }
    }

    /// What is wrong with the files that these answers give.
    fn fault(&self) -> Option<String> {
        let problems = files::problems(self);
        let error = problems.into_iter().find(|problem| problem.level == ProblemLevel::Error);
        error.map(|Problem { message, hint, .. }| match hint {
            Some(hint) => format!("{message}; {hint}"),
            None => message,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::path::PathBuf;

    use super::*;

    fn options() -> Init {
        Init {
            dir: PathBuf::from("status"),
            sample: false,
            name: None,
            url: None,
            languages: None,
            features: None,
            from: None,
            relay: None,
            time_zone: None,
            people: None,
            runbook: None,
        }
    }

    fn answered(answers: &[&str]) -> (Result<Answers, Failure>, usize) {
        let mut left: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let mut ask = |_: &str| Ok(left.pop_front());
        let answers = Answers::of(&options(), Some(&mut ask));
        (answers, left.len())
    }

    #[test]
    fn five_questions_make_a_site_and_a_bad_answer_is_asked_for_again() {
        let (answers, left) = answered(&[
            "",
            "Acme",
            "status page",
            "status.acme.com/",
            "klingon!",
            "en, es",
            "Checkout, Búsqueda",
            "nobody",
            "status@acme.com",
            "mail.acme.com:465",
            "Ana",
            "Ana Prieto <ana@acme.com>, Bo Berg <bo@acme.com>",
            "https://wiki.acme.com/incidents",
        ]);
        assert_eq!(left, 0);
        let files = answers.unwrap().files();
        let file = |name: &str| {
            let (_, bytes) = files.iter().find(|(path, _)| path == name).unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        for line in [
            "name = \"Acme\"",
            "url = \"https://status.acme.com\"",
            "languages = [\"en\", \"es\"]",
            "id = \"checkout\"",
            "name = \"Búsqueda\"",
        ] {
            assert!(file(files::PAGE).contains(line), "{line}: {}", file(files::PAGE));
        }
        for line in [
            "from = \"Acme <status@acme.com>\"",
            "host = \"mail.acme.com\"",
            "port = 465",
            "security = \"tls\"",
            "strict = true",
            "[people.ana-prieto]",
            "communications_manager = [\"ana-prieto\", \"bo-berg\"]",
            "by = \"communications_manager\"",
        ] {
            assert!(file(files::PLAN).contains(line), "{line}: {}", file(files::PLAN));
        }
    }

    #[test]
    fn without_a_sender_there_is_no_plan_and_no_sixth_question() {
        let (answers, left) = answered(&["Acme", "https://status.acme.com", "", "", "", "never asked"]);
        assert_eq!(left, 1);
        let files = answers.unwrap().files();
        assert!(files.iter().all(|(path, _)| path != files::PLAN));
    }

    #[test]
    fn what_nobody_answers_writes_nothing() {
        let refused = answered(&["Acme"]).0.unwrap_err();
        assert!(matches!(refused, Failure::Refused { .. }), "{refused:?}");
        let asked = Answers::of(&options(), None).unwrap_err();
        assert!(matches!(asked, Failure::Usage(_)), "{asked:?}");
        let given = Init { name: Some("Acme".to_owned()), url: Some("ftp://x".to_owned()), ..options() };
        assert!(matches!(Answers::of(&given, None).unwrap_err(), Failure::Usage(_)));
    }

    #[test]
    fn whatever_is_answered_the_files_have_no_problem() {
        for (name, features) in
            [("Acme \"quoted\" \\ ", "A, a, A!, 日本, 日本語"), ("日本", "Käse & Brot"), ("'", ",,Shop,")]
        {
            let given = Init {
                name: Some(name.to_owned()),
                url: Some("https://status.acme.com".to_owned()),
                features: Some(features.to_owned()),
                from: Some("status@acme.com".to_owned()),
                ..options()
            };
            let answers = Answers::of(&given, None).unwrap();
            assert_eq!(files::problems(&answers), [], "{name} {features}");
        }
    }
}
