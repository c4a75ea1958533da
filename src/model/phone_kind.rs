//! Phone numbers that cost their sender, or that no SMS reaches: premium rate, shared cost, toll-free.
//!
//! Promises: a prefix in the table belongs to no mobile number of its country (national numbering plans of 2026; ITU-T E.164 for
//! the global ones). A number that is not in it may still be a landline.

use super::address::PhoneNumber;

/// What a number is, if it is not one of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialNumber {
    /// The owner of the number earns from every message.
    Premium,
    /// The price is shared between both ends.
    SharedCost,
    /// Its owner pays for calls.
    TollFree,
}

impl SpecialNumber {
    /// What the number is, if its prefix is one of those.
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        let digits = number.expose().trim_start_matches('+');
        let row =
            PREFIXES.iter().filter(|(_, prefixes)| prefixes.iter().any(|prefix| digits.starts_with(prefix)));
        row.map(|(kind, _)| *kind).next()
    }

    /// Its name, after "a".
    pub fn name(self) -> &'static str {
        match self {
            Self::Premium => "premium-rate number",
            Self::SharedCost => "shared-cost number",
            Self::TollFree => "toll-free number",
        }
    }
}

/// The country code and what follows it.
const PREFIXES: &[(SpecialNumber, &[&str])] = &[
    (
        SpecialNumber::Premium,
        &[
            "1900", "31900", "31906", "31909", "3290", "3389", "34803", "34806", "34807", "34905", "34907",
            "35160", "351646", "351648", "35176", "35315", "39144", "39166", "3989", "41900", "41901",
            "41906", "43900", "43901", "43930", "43931", "43939", "4470", "449", "4590", "46900", "46939",
            "46944", "4782", "48700", "48701", "48703", "48704", "48708", "49137", "49900", "52900", "55900",
            "61190", "81990", "979",
        ],
    ),
    (
        SpecialNumber::SharedCost,
        &[
            "3381", "3382", "34901", "34902", "351808", "3984", "4184", "43810", "43820", "4484", "4487",
            "49180", "6113", "808",
        ],
    ),
    (
        SpecialNumber::TollFree,
        &[
            "1800", "1833", "1844", "1855", "1866", "1877", "1888", "31800", "32800", "3380", "34800",
            "34900", "351800", "3531800", "39800", "39803", "41800", "43800", "4480", "4580", "4620", "4780",
            "48800", "49800", "52800", "55800", "611800", "800", "81120", "911800",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<SpecialNumber> {
        SpecialNumber::of(&PhoneNumber::new(text).unwrap())
    }

    #[test]
    fn a_number_that_earns_or_is_free_is_known_by_its_prefix() {
        for (text, expected) in [
            ("+1 900 555 0123", SpecialNumber::Premium),
            ("+34 803 123 456", SpecialNumber::Premium),
            ("+44 909 879 0000", SpecialNumber::Premium),
            ("+44 70 1234 5678", SpecialNumber::Premium),
            ("+33 8 99 12 34 56", SpecialNumber::Premium),
            ("+979 1 234 5678", SpecialNumber::Premium),
            ("+33 8 20 12 34 56", SpecialNumber::SharedCost),
            ("+49 180 1234567", SpecialNumber::SharedCost),
            ("+1 800 555 0123", SpecialNumber::TollFree),
            ("+1 888 555 0123", SpecialNumber::TollFree),
            ("+44 800 123 4567", SpecialNumber::TollFree),
            ("+800 1234 5678", SpecialNumber::TollFree),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn mobiles_of_all_those_countries_are_none() {
        for text in [
            "+1 202 555 0123",
            "+1 809 555 0123",
            "+31 6 12345678",
            "+32 470 12 34 56",
            "+33 6 12 34 56 78",
            "+33 7 12 34 56 78",
            "+34 600 000 001",
            "+34 711 000 001",
            "+351 912 345 678",
            "+353 85 123 4567",
            "+39 320 123 4567",
            "+41 79 123 45 67",
            "+43 664 1234567",
            "+44 7700 900123",
            "+44 7400 123456",
            "+45 20 12 34 56",
            "+45 91 12 34 56",
            "+46 70 123 45 67",
            "+47 412 34 567",
            "+47 912 34 567",
            "+48 501 234 567",
            "+48 790 234 567",
            "+48 880 234 567",
            "+49 151 23456789",
            "+49 176 1234567",
            "+52 55 1234 5678",
            "+55 11 91234 5678",
            "+61 412 345 678",
            "+81 80 1234 5678",
            "+81 90 1234 5678",
            "+86 138 0013 8000",
            "+91 98765 43210",
            "+91 70123 45678",
            "+500 51234 00",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}
