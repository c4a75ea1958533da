//! Approvals that are of another text, of nobody, or of the author under another name: none of them lets a message leave.

use super::*;

impl Repository {
    fn write(&mut self, from: &str, to: &str) {
        let text = self.0.read("incidents/payments.md");
        assert!(text.contains(from), "{text}");
        self.0.write("incidents/payments.md", &text.replace(from, to));
    }

    fn commit(&self, words: &str, options: &[&str]) {
        self.git(&["add", "--all"]);
        self.git(&[&["commit", "--quiet", "--message", words], options].concat());
    }

    fn key(&self, name: &str) -> String {
        format!("--gpg-sign={}", self.0.path().join(".allclear").join(name).display())
    }

    /// Notifies; nothing is sent, and that is why.
    #[track_caller]
    fn holds(&mut self, why: &str) {
        let house = std::mem::replace(&mut self.0, House::new());
        self.0 = house.run(NOTIFY).exited(4).said(why).mailed_nobody();
    }

    #[track_caller]
    fn sends(mut self, words: &str) {
        self.0 = self.0.run(NOTIFY).succeeded().mailed(READER, words);
    }
}

#[test]
fn a_merge_that_changes_the_text_is_not_what_was_signed_before() {
    let mut all = Repository::new(true);
    all.git(&["checkout", "--quiet", "-b", "update"]);
    all.write("Some payments", "Most payments");
    // Ana wrote it, and Bo signed this very commit, in a later second than that before it.
    std::thread::sleep(std::time::Duration::from_secs(1));
    all.commit("more", &["--author=ana <ana@acme.test>", &all.key("bo")]);
    all.git(&["checkout", "--quiet", "main"]);
    all.git(&["merge", "--quiet", "--no-ff", "--no-commit", "update"]);
    all.write("Most payments", "All payments");
    all.commit("merge", &[]);
    all.holds(NEEDS);
    // Signed by who may approve, the same merge is an approval of what it made.
    all.git(&["commit", "--quiet", "--amend", "--no-edit", &all.key("bo")]);
    all.sends("All payments");
}

#[test]
fn two_branches_of_which_one_was_signed_are_not_approved_together() {
    let mut all = Repository::new(true);
    all.git(&["checkout", "--quiet", "-b", "unsigned"]);
    all.write("Some payments", "All payments");
    all.commit("impact", &[]);
    all.git(&["checkout", "--quiet", "-b", "signed", "main"]);
    all.write("We see failing payments.", "We see payments fail.");
    all.commit("words", &["--author=ana <ana@acme.test>", &all.key("bo"), "--date=2026-03-02T10:00:00Z"]);
    all.git(&["checkout", "--quiet", "main"]);
    all.git(&["merge", "--quiet", "--no-ff", "--message", "one", "unsigned"]);
    all.git(&["merge", "--quiet", "--no-ff", "--message", "two", "signed"]);
    all.holds(NEEDS);
}

#[test]
fn what_git_was_set_to_skip_is_not_approved() {
    let mut all = Repository::new(true);
    all.amend("ana", Some("bo"), None);
    all.git(&["update-index", "--assume-unchanged", "incidents/payments.md"]);
    all.write("Some payments", "All payments");
    all.holds("no commit has this text, so none approves it");
    all.write("All payments", "Some payments");
    all.0.write("incidents/payments.es.md", "+++\ntitle = \"Pagos\"\nimpact = \"Fallan.\"\n+++\n");
    all.git(&["config", "status.showUntrackedFiles", "no"]);
    all.holds("no commit has this text, so none approves it");
    fs::remove_file(all.0.path().join("incidents/payments.es.md")).unwrap();
    all.sends("Some payments");
}

#[test]
fn a_shallow_clone_does_not_know_whose_commit_brought_a_text() {
    let mut all = Repository::new(true);
    all.holds(NEEDS);
    // Bo signs something else; a clone of depth 1 takes this commit for the one that brought every file.
    all.0.write("README.md", "words");
    all.commit("other", &["--author=ana <ana@acme.test>", &all.key("bo")]);
    all.holds(NEEDS);
    let own = all.0.path().join(".git");
    let whole = all.0.path().join(".allclear/whole");
    fs::rename(&own, &whole).unwrap();
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", whole.display());
    all.git(&["clone", "--quiet", "--depth=1", "--no-checkout", &from, clone.path().to_str().unwrap()]);
    fs::rename(clone.path().join(".git"), &own).unwrap();
    all.git(&["reset", "--quiet"]);
    all.holds("the clone is shallow");
    all.git(&["fetch", "--quiet", "--unshallow"]);
    all.holds(NEEDS);
    all.0 = all.0.restless();
}

#[test]
fn who_writes_under_another_address_does_not_approve_it() {
    let mut all = Repository::new(true);
    // Bo with the address that a git host gave him: who made this commit wrote it.
    let other = ["-c", "user.email=7+bo@users.noreply.example.com"];
    let key = all.key("bo");
    let amend = ["commit", "--quiet", "--amend", "--no-edit", "--reset-author", &key];
    all.git(&[&other[..], &amend[..]].concat());
    all.holds("Bo Berg wrote the text");
    // The same in the branch that he then merges.
    all.git(&["checkout", "--quiet", "-b", "update"]);
    all.write("Some payments", "All payments");
    all.git(&[&other[..], &["commit", "--quiet", "--all", "--message", "more", &key]].concat());
    all.git(&["checkout", "--quiet", "main"]);
    all.git(&["merge", "--quiet", "--no-ff", &key, "--message", "merge", "update"]);
    all.holds("Bo Berg wrote the text");
}

#[test]
fn who_wrote_a_part_does_not_approve_the_whole() {
    let mut all = Repository::new(false);
    for message in [
        // As git hosts write it when they squash the commits of two people.
        "squash\n\nCo-authored-by: Bo <BO@acme.test>\nApproved-by: Bo <bo@acme.test>",
        "squash\n\nApproved-by: Bo <bo@acme.test>\nCo-Authored-By: <bo@acme.test>",
    ] {
        all.git(&["commit", "--quiet", "--amend", "--message", message]);
        all.holds("Bo Berg wrote the text");
    }
    // Bo wrote the incident, Ana its translation.
    all.amend("bo", None, None);
    all.0.write(
        "incidents/payments.es.md",
        "+++\ntitle = \"Pagos\"\nimpact = \"Fallan.\"\n+++\n\n## 2026-03-01 10:10 UTC\n\nVemos fallos.\n",
    );
    all.commit("translation", &["--trailer=Approved-by: Bo <bo@acme.test>"]);
    all.holds("Bo Berg wrote the text");
    // The repository says which addresses are of one person.
    fs::remove_file(all.0.path().join("incidents/payments.es.md")).unwrap();
    all.write("Some payments", "All payments");
    all.0.write(".mailmap", "Bo Berg <bo@acme.test> <bo@laptop.test>\n");
    all.commit("more", &["--author=b <bo@laptop.test>", "--trailer=Approved-by: Bo <bo@acme.test>"]);
    all.holds("Bo Berg wrote the text");
    all.commit(
        "again",
        &["--amend", "--author=ana <ana@acme.test>", "--trailer=Approved-by: Bo <bo@acme.test>"],
    );
    all.sends("All payments");
}

#[test]
fn an_approval_ends_with_the_role_and_is_of_one_incident() {
    let mut house =
        house().incident("payments", "2026-03-01 10:10", "Investigating").run(APPROVE).succeeded();
    let twin = house.read("incidents/payments.md");
    house.write("incidents/refunds.md", &twin.replace("\"payments\"", "\"refunds\""));
    let plan = house.read("site/plan.toml");
    house.write(
        "site/plan.toml",
        &plan.replace("communications_manager = [\"bo\"]", "communications_manager = [\"ana\"]"),
    );
    let mut house = house.run(NOTIFY).exited(4).said("Bo Berg has another role").mailed_nobody();
    house.write("site/plan.toml", &plan);
    let house =
        house.run(NOTIFY).exited(4).said("refunds needs the approval of Bo Berg").mailed(READER, "payments");
    let house = house.mailed_nobody().run(&["approve", "refunds", "--as", "bo", "--yes"]).succeeded();
    house.run(NOTIFY).succeeded().mailed(READER, "refunds");
}

#[test]
fn the_whole_text_is_shown_before_it_is_approved() {
    let mut house = house().incident("payments", "2026-03-01 10:10", "Investigating");
    let text = house.read("incidents/payments.md");
    let later = "\n## 2026-03-01 10:05 UTC {audience=internal}\n\nThe cable is cut.\n";
    house.write("incidents/payments.md", &(text + later));
    house.write(
        "incidents/payments.es.md",
        "+++\ntitle = \"Pagos\"\nimpact = \"Fallan.\"\n+++\n\n## 2026-03-01 10:10 UTC\n\nVemos fallos.\n",
    );
    let mut house = house.run(APPROVE).succeeded();
    for words in [
        "Some payments fail.",
        "We see failing",
        "es: Pagos",
        "es: Fallan.",
        "es: Vemos",
        "· internal",
        "The cable is cut.",
    ] {
        house = house.said(words);
    }
    house.run(NOTIFY).succeeded().mailed(READER, "payments");
}
