//! Keywords in texts that subscribers send: to get no more of them, to get them again, and to ask.
//!
//! Promises: pure; a text counts only as a whole, without its marks, its case and words of courtesy, so that a sentence in
//! which a keyword occurs changes nothing. Never guesses.

/// What a text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// No more texts to this number.
    Stop,
    /// Texts to this number again.
    Start,
    /// Who writes, and how that ends.
    Help,
    /// How things are now.
    Status,
}

impl Keyword {
    /// The keyword that a text is.
    pub fn of(text: &str) -> Option<Self> {
        let words = plain(text);
        let is_one = |rows: &[(&str, &[&str])]| rows.iter().any(|(_, forms)| forms.contains(&words.as_str()));
        match () {
            () if is_one(STOP) => Some(Self::Stop),
            () if is_one(START) => Some(Self::Start),
            () if is_one(HELP) => Some(Self::Help),
            () if is_one(STATUS) => Some(Self::Status),
            () => None,
        }
    }
}

/// More than any keyword has.
const CHARACTERS_MAX: usize = 60;

/// A text in lower case, without marks, accents of Latin letters and words of courtesy.
fn plain(text: &str) -> String {
    let letters = text.chars().take(CHARACTERS_MAX).flat_map(char::to_lowercase).map(|c| match c {
        c if c.is_alphanumeric() => bare(c),
        // Marks within a word part nothing: `don't`, `opt-out` is `opt out`.
        '\'' | '’' => '\0',
        _ => ' ',
    });
    let text: String = letters.filter(|c| *c != '\0').collect();
    let words = text.split_whitespace().filter(|word| !COURTESY.contains(word));
    words.collect::<Vec<_>>().join(" ")
}

/// A Latin letter without its accent; many telephones leave it out.
fn bare(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' => 'a',
        'ç' | 'ć' => 'c',
        'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
        'ñ' | 'ń' => 'n',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ş' | 'ś' => 's',
        'ł' => 'l',
        'ż' | 'ź' => 'z',
        'ğ' => 'g',
        c => c,
    }
}

const COURTESY: &[&str] = &[
    "please",
    "pls",
    "thanks",
    "favor",
    "por",
    "gracias",
    "bitte",
    "danke",
    "merci",
    "svp",
    "grazie",
    "favore",
    "per",
    "obrigado",
    "obrigada",
    "alstublieft",
    "bedankt",
    "prosze",
    "dziekuje",
    "tack",
    "lutfen",
];

/// Words that unsubscribe, by language.
const STOP: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "stop",
            "stopall",
            "stop all",
            "quit",
            "end",
            "revoke",
            "optout",
            "opt out",
            "cancel",
            "unsubscribe",
            "stop texting me",
            "stop sending",
            "remove me",
            "dont text me",
            "no more texts",
        ],
    ),
    ("es", &["alto", "parar", "pare", "baja", "darme de baja", "cancelar", "no mas", "no mas mensajes"]),
    ("fr", &["arret", "arreter", "arretez", "desabonner", "me desabonner", "desinscrire", "annuler"]),
    ("de", &["stopp", "ende", "abmelden", "abbestellen", "austragen", "keine sms mehr"]),
    ("it", &["ferma", "basta", "annulla", "disiscrivi", "disiscrivimi", "cancellami"]),
    ("pt", &["sair", "remover", "descadastrar", "cancelar inscricao", "cancelar subscricao"]),
    ("nl", &["stoppen", "afmelden", "uitschrijven", "einde"]),
    ("pl", &["koniec", "wypisz", "wypisz mnie", "rezygnuje", "anuluj"]),
    ("sv", &["stoppa", "avsluta", "avregistrera", "sluta"]),
    ("tr", &["dur", "iptal", "cik", "ret", "abonelikten cik"]),
    ("ar", &["إيقاف", "ايقاف", "توقف", "إلغاء", "الغاء", "إلغاء الاشتراك", "الغاء الاشتراك"]),
    ("ja", &["停止", "配信停止", "解除", "登録解除", "ストップ", "中止"]),
];

/// Words that subscribe again, by language.
const START: &[(&str, &[&str])] = &[
    ("en", &["start", "unstop", "resume", "subscribe", "opt in", "optin"]),
    ("es", &["alta", "empezar", "iniciar", "reanudar", "suscribir"]),
    ("fr", &["demarrer", "commencer", "reprendre", "abonner", "mabonner"]),
    ("de", &["anfang", "anmelden", "beginnen", "fortsetzen", "abonnieren"]),
    ("it", &["inizia", "avvia", "riprendi", "iscrivi", "iscrivimi"]),
    ("pt", &["iniciar", "comecar", "retomar", "inscrever", "subscrever"]),
    ("nl", &["starten", "aanmelden", "hervatten", "inschrijven"]),
    ("pl", &["zacznij", "wznow", "zapisz", "zapisz mnie"]),
    ("sv", &["starta", "borja", "ateruppta", "registrera"]),
    ("tr", &["basla", "baslat", "devam", "abone ol"]),
    ("ar", &["ابدأ", "ابدا", "بدء", "استئناف", "اشتراك"]),
    ("ja", &["開始", "再開", "配信再開", "登録", "スタート"]),
];

/// Words that ask for help, by language.
const HELP: &[(&str, &[&str])] = &[
    ("en", &["help", "info", "who is this"]),
    ("es", &["ayuda", "informacion"]),
    ("fr", &["aide", "aidez moi"]),
    ("de", &["hilfe", "hilf"]),
    ("it", &["aiuto", "informazioni"]),
    ("pt", &["ajuda", "informacoes"]),
    ("nl", &["hulp", "informatie"]),
    ("pl", &["pomoc", "informacje"]),
    ("sv", &["hjalp", "information"]),
    ("tr", &["yardim", "bilgi"]),
    ("ar", &["مساعدة", "معلومات"]),
    ("ja", &["ヘルプ", "助けて", "情報"]),
];

/// Words that ask for the current state, by language.
const STATUS: &[(&str, &[&str])] = &[
    ("en", &["status", "state", "news", "update"]),
    ("es", &["estado", "situacion", "noticias"]),
    ("fr", &["statut", "etat", "nouvelles"]),
    ("de", &["zustand", "lage", "stand"]),
    ("it", &["stato", "situazione", "novita"]),
    ("pt", &["situacao", "novidades"]),
    ("nl", &["toestand", "stand van zaken"]),
    ("pl", &["stan", "sytuacja"]),
    ("sv", &["lage", "driftstatus"]),
    ("tr", &["durum", "son durum"]),
    ("ar", &["الحالة", "حالة"]),
    ("ja", &["ステータス", "状況", "状態"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_twelve_languages_is_read_whatever_its_case_marks_and_courtesy() {
        let all = [
            (STOP, Keyword::Stop),
            (START, Keyword::Start),
            (HELP, Keyword::Help),
            (STATUS, Keyword::Status),
        ];
        for (rows, keyword) in all {
            assert_eq!(rows.len(), 12);
            for form in rows.iter().flat_map(|(_, forms)| *forms) {
                for text in [
                    (*form).to_owned(),
                    form.to_uppercase(),
                    format!(" «{form}»!\r\n"),
                    format!("Please, {form}. Gracias"),
                ] {
                    assert_eq!(Keyword::of(&text), Some(keyword), "{text:?}");
                }
            }
        }
        for (text, keyword) in [
            ("Arrêtez !", Keyword::Stop),
            ("opt-out", Keyword::Stop),
            ("Don’t text me", Keyword::Stop),
            ("No más", Keyword::Stop),
            ("Por favor, BAJA", Keyword::Stop),
            ("Wznów", Keyword::Start),
        ] {
            assert_eq!(Keyword::of(text), Some(keyword), "{text:?}");
        }
    }

    #[test]
    fn a_text_in_which_a_keyword_occurs_is_none() {
        for text in [
            "",
            "  ",
            "please",
            "?!",
            "when will it stop",
            "do not start yet",
            "I cannot cancel my order",
            "stop\u{200b}x",
            "unsubscribed",
            "st op",
            "the status page is down",
            "help me to stop this",
            "the end is near",
            "👍",
        ] {
            assert_eq!(Keyword::of(text), None, "{text:?}");
        }
        assert_eq!(Keyword::of(&"stop ".repeat(100_000)), None);
    }

    #[test]
    fn no_form_asks_for_two_things() {
        let all = [STOP, START, HELP, STATUS];
        let forms = |rows: &[(&'static str, &'static [&'static str])]| -> std::collections::BTreeSet<&str> {
            rows.iter().flat_map(|(_, forms)| *forms).copied().collect()
        };
        for (at, rows) in all.into_iter().enumerate() {
            for others in all.into_iter().skip(at + 1) {
                assert!(
                    forms(rows).is_disjoint(&forms(others)),
                    "{:?}",
                    forms(rows).intersection(&forms(others))
                );
            }
        }
    }
}
