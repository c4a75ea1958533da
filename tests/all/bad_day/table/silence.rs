//! A provider is there and says nothing: the ten phases of a handoff, for email and SMS.

use crate::bad_day::row::{Breaks, Kind, ROW, Row, Way};
use crate::fixtures::silent::Phase;

/// The report counts all subscribers as reached.
const REACHED: &[&str] = &[" reached\n"];

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "the relay does not take the connection, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Connect, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not greet, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Greeting, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to EHLO, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Hello, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay stops in the handshake of TLS, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Tls, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to MAIL, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Sender, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to RCPT, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Recipient, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to DATA, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Data, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to the final dot, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Body, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the mail API sends no head, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Mailgun, phase: Phase::HttpHead, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the mail API sends no body, and SMS takes over",
        breaks: Breaks::Silence { kind: Kind::Mailgun, phase: Phase::HttpBody, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the gateway does not take the connection, and email takes over",
        breaks: Breaks::Silence { kind: Kind::Kannel, phase: Phase::Connect, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the gateway sends no head, and email takes over",
        breaks: Breaks::Silence { kind: Kind::Kannel, phase: Phase::HttpHead, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the gateway sends no body, and email takes over",
        breaks: Breaks::Silence { kind: Kind::Kannel, phase: Phase::HttpBody, way: Way::NextChannel },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not take the connection, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Connect, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not greet, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Greeting, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to EHLO, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Hello, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay stops in the handshake of TLS, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Tls, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to MAIL, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Sender, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to RCPT, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Recipient, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to DATA, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Data, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the relay does not answer to the final dot, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Smtp, phase: Phase::Body, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the mail API sends no head, and a relay takes over",
        breaks: Breaks::Silence { kind: Kind::Mailgun, phase: Phase::HttpHead, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the mail API sends no body, and a relay takes over",
        breaks: Breaks::Silence { kind: Kind::Mailgun, phase: Phase::HttpBody, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
    Row {
        name: "the gateway does not take the connection, and the next one takes over",
        breaks: Breaks::Silence { kind: Kind::Kannel, phase: Phase::Connect, way: Way::NextProvider },
        why: &[("p0@example.org", "accepted by the provider")],
        report: REACHED,
        ..ROW
    },
];
