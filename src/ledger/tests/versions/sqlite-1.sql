-- A ledger in a file, as schema 1 kept it (.dump): one incident told, a second being told when its worker was killed.
PRAGMA foreign_keys = OFF;
CREATE TABLE attempt (
    number INTEGER PRIMARY KEY,
    step INTEGER NOT NULL REFERENCES step,
    endpoint INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    provider TEXT NOT NULL,
    class INTEGER NOT NULL,
    code TEXT NOT NULL,
    words TEXT NOT NULL,
    reference TEXT,
    retry_after INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;
INSERT INTO "attempt" VALUES(1,5,4,1,'relay',2,'550 5.1.1','no such user',NULL,NULL,1772359200199,1772359200205);
INSERT INTO "attempt" VALUES(2,3,3,1,'relay',0,'250 2.0.0','taken as 4711',NULL,NULL,1772359200198,1772359200207);
INSERT INTO "attempt" VALUES(3,4,6,1,'relay',0,'250 2.0.0','taken as 4711',NULL,NULL,1772359200199,1772359200239);
INSERT INTO "attempt" VALUES(4,1,1,1,'relay',0,'250 2.0.0','taken as 4711',NULL,NULL,1772359200197,1772359200239);
INSERT INTO "attempt" VALUES(5,6,5,1,'gateway',0,'HTTP 202','0: Accepted for delivery',NULL,NULL,1772359200239,1772359200269);
CREATE TABLE baseline (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    announced TEXT NOT NULL,
    moved_at INTEGER NOT NULL
) STRICT;
INSERT INTO "baseline" VALUES(1,'{"version":1,"incidents":{"payments":{"id":"payments","revision":1,"kind":"incident","title":"payments","severity":"critical","peak_severity":"critical","phase":"investigating","affected":{"checkout":"major_outage"},"touched":["checkout"],"started":"2026-03-01T10:00:00Z","window":null,"eta":"unknown","updates":[{"at":"2026-03-01T10:00:00Z","phase":"investigating","body":"We see failing payments."}]},"search":{"id":"search","revision":1,"kind":"incident","title":"search","severity":"critical","peak_severity":"critical","phase":"investigating","affected":{"checkout":"major_outage"},"touched":["checkout"],"started":"2026-03-01T10:10:00Z","window":null,"eta":"unknown","updates":[{"at":"2026-03-01T10:10:00Z","phase":"investigating","body":"We see failing payments."}]}}}',1772359800000);
CREATE TABLE brake (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    reason TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    incident INTEGER NOT NULL REFERENCES incident,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    what TEXT NOT NULL,
    planned_at INTEGER NOT NULL
) STRICT;
INSERT INTO "change" VALUES(1,'uz3k35ovvf6nopkgxg6lcvccgrslhxbcljswnzvpajmr4rymdspa',1,'payments',1,'[{"what":"opened"}]',1772359200000);
INSERT INTO "change" VALUES(2,'yza65a5j76urwvehumt2ptc35nvhy7nd75xmea4p6xrgahlgq2mq',2,'search',1,'[{"what":"opened"}]',1772359800000);
CREATE TABLE contact (
    subscriber INTEGER NOT NULL REFERENCES subscriber,
    position INTEGER NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    PRIMARY KEY (subscriber, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "contact" VALUES(1,0,1);
INSERT INTO "contact" VALUES(1,1,2);
INSERT INTO "contact" VALUES(2,0,3);
INSERT INTO "contact" VALUES(3,0,4);
INSERT INTO "contact" VALUES(3,1,5);
INSERT INTO "contact" VALUES(4,0,6);
CREATE TABLE endpoint (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL UNIQUE,
    suppressed_at INTEGER,
    suppressed_because TEXT
) STRICT;
INSERT INTO "endpoint" VALUES(1,'ana@example.org',NULL,NULL);
INSERT INTO "endpoint" VALUES(2,'+34600000001',NULL,NULL);
INSERT INTO "endpoint" VALUES(3,'ben@example.org',NULL,NULL);
INSERT INTO "endpoint" VALUES(4,'gone@example.org',1772359200205,'refused by the provider: 550 5.1.1 no such user');
INSERT INTO "endpoint" VALUES(5,'+34600000002',NULL,NULL);
INSERT INTO "endpoint" VALUES(6,'cleo@example.org',NULL,NULL);
CREATE TABLE incident (
    number INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "incident" VALUES(1,'payments');
INSERT INTO "incident" VALUES(2,'search');
CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
) STRICT;
INSERT INTO "message" VALUES(1,'aqhphvdtukahpyfonmvaatvryg3otumqnfyx2ekpqviqeeikjlba','{"message":"mail","version":1,"from_name":"Acme Status","from_address":"status@acme.test","reply_to":null,"subject":"[Acme] payments","text":"payments\nNew problem\n\nAffected: Checkout: Not working\nWhat it means for you: Some payments fail.\nExpected back: We cannot say yet\nNext update by: 2 Mar 2026, 00:00 CET\nSeverity: Critical\n\nInvestigating, 11:00 CET\n\nWe see failing payments.\n\nRead the whole story: https://status.acme.test/incidents/payments/\n\n-- \nAcme · https://status.acme.test\nYou get this mail because you follow Acme.\nTo stop these mails, answer this one with the word “unsubscribe”.\n","html":"<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>[Acme] payments</title>\n<style>\n:root { color-scheme: light dark; }\n.words p, .words ul, .words ol, .words pre, .words blockquote, .words table { margin: 0 0 12px; }\n.words h4, .words h5, .words h6 { margin: 16px 0 8px; font-size: 16px; }\n.words a, .foot a { color: inherit; }\n@media (prefers-color-scheme: dark) {\n  .sheet { background: #1b1d21 !important; }\n  .paper { background: #26292e !important; color: #e8eaed !important; }\n  .label, .foot { color: #a8adb5 !important; }\n  .rule { border-color: #3a3e45 !important; }\n  .button { background: #e8eaed !important; color: #1f2328 !important; }\n}\n@media (max-width: 480px) {\n  .paper { padding: 20px 18px !important; }\n  .label, .fact { display: block !important; width: auto !important; }\n  .label { padding: 10px 0 0 !important; }\n  .fact { padding: 2px 0 0 !important; }\n}\n</style>\n</head>\n<body class=\"sheet\" style=\"margin:0;padding:0;background:#f3f4f6;\">\n<table class=\"sheet\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background:#f3f4f6;\">\n<tr><td align=\"center\" style=\"padding:24px 12px;\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;\">\n<tr><td class=\"paper\" style=\"background:#ffffff;color:#1f2328;padding:28px 32px;border-radius:8px;font-size:16px;line-height:1.5;\">\n<p class=\"label\" style=\"margin:0 0 6px;color:#5b626b;font-size:14px;\">Acme</p>\n<h1 style=\"margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:600;\">payments</h1>\n<p style=\"margin:0 0 16px;padding:12px 16px;border-radius:6px;background:#b3261e;color:#ffffff;font-size:17px;font-weight:600;\">New problem</p>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Affected</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Checkout: Not working</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">What it means for you</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Some payments fail.</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Expected back</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">We cannot say yet</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Next update by</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">2 Mar 2026, 00:00 CET</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Severity</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Critical</td>\n</tr>\n</table>\n<div class=\"rule\" style=\"margin:18px 0 0;padding:16px 0 0;border-top:1px solid #d9dce1;\">\n<p class=\"label\" style=\"margin:0 0 8px;color:#5b626b;font-size:14px;font-weight:600;\">Investigating, 11:00 CET</p>\n<div class=\"words\"><p>We see failing payments.</p>\n</div>\n</div>\n<p style=\"margin:20px 0 0;\"><a class=\"button\" href=\"https://status.acme.test/incidents/payments/\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none;font-size:15px;font-weight:600;\">Read the whole story</a></p>\n</td></tr>\n<tr><td class=\"foot\" style=\"padding:16px 32px 0;color:#5b626b;font-size:13px;line-height:1.5;\">\n<a href=\"https://status.acme.test\" style=\"color:inherit;\">Acme</a><br>You get this mail because you follow Acme.<br>To stop these mails, answer this one with the word “unsubscribe”.\n</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n","language":"en","date":"2026-03-01T10:00:00Z","host":"status.acme.test","thread":"3skgyuj23bewuakxjtf2wle73ws3ly2n5e2ga6j6iyh3abz6c65q"}');
INSERT INTO "message" VALUES(2,'vkrk5nz7flhx63n25zcftajkmo4d7ax3yhx2xsvt4oehnxxggfpa','{"message":"text","version":1,"body":"Acme: payments. New problem. https://status.acme.test/incidents/payments/","encoding":"gsm7","segments":1}');
INSERT INTO "message" VALUES(3,'4opgy2xwbn4w2zbsee3i5sdxsuqlaf3b3e3qhusbhtgx6k23rutq','{"message":"mail","version":1,"from_name":"Acme Status","from_address":"status@acme.test","reply_to":null,"subject":"[Acme] search","text":"search\nNew problem\n\nAffected: Checkout: Not working\nWhat it means for you: Some payments fail.\nExpected back: We cannot say yet\nNext update by: 2 Mar 2026, 00:00 CET\nSeverity: Critical\n\nInvestigating, 11:10 CET\n\nWe see failing payments.\n\nRead the whole story: https://status.acme.test/incidents/search/\n\n-- \nAcme · https://status.acme.test\nYou get this mail because you follow Acme.\nTo stop these mails, answer this one with the word “unsubscribe”.\n","html":"<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>[Acme] search</title>\n<style>\n:root { color-scheme: light dark; }\n.words p, .words ul, .words ol, .words pre, .words blockquote, .words table { margin: 0 0 12px; }\n.words h4, .words h5, .words h6 { margin: 16px 0 8px; font-size: 16px; }\n.words a, .foot a { color: inherit; }\n@media (prefers-color-scheme: dark) {\n  .sheet { background: #1b1d21 !important; }\n  .paper { background: #26292e !important; color: #e8eaed !important; }\n  .label, .foot { color: #a8adb5 !important; }\n  .rule { border-color: #3a3e45 !important; }\n  .button { background: #e8eaed !important; color: #1f2328 !important; }\n}\n@media (max-width: 480px) {\n  .paper { padding: 20px 18px !important; }\n  .label, .fact { display: block !important; width: auto !important; }\n  .label { padding: 10px 0 0 !important; }\n  .fact { padding: 2px 0 0 !important; }\n}\n</style>\n</head>\n<body class=\"sheet\" style=\"margin:0;padding:0;background:#f3f4f6;\">\n<table class=\"sheet\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background:#f3f4f6;\">\n<tr><td align=\"center\" style=\"padding:24px 12px;\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;\">\n<tr><td class=\"paper\" style=\"background:#ffffff;color:#1f2328;padding:28px 32px;border-radius:8px;font-size:16px;line-height:1.5;\">\n<p class=\"label\" style=\"margin:0 0 6px;color:#5b626b;font-size:14px;\">Acme</p>\n<h1 style=\"margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:600;\">search</h1>\n<p style=\"margin:0 0 16px;padding:12px 16px;border-radius:6px;background:#b3261e;color:#ffffff;font-size:17px;font-weight:600;\">New problem</p>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Affected</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Checkout: Not working</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">What it means for you</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Some payments fail.</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Expected back</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">We cannot say yet</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Next update by</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">2 Mar 2026, 00:00 CET</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Severity</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Critical</td>\n</tr>\n</table>\n<div class=\"rule\" style=\"margin:18px 0 0;padding:16px 0 0;border-top:1px solid #d9dce1;\">\n<p class=\"label\" style=\"margin:0 0 8px;color:#5b626b;font-size:14px;font-weight:600;\">Investigating, 11:10 CET</p>\n<div class=\"words\"><p>We see failing payments.</p>\n</div>\n</div>\n<p style=\"margin:20px 0 0;\"><a class=\"button\" href=\"https://status.acme.test/incidents/search/\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none;font-size:15px;font-weight:600;\">Read the whole story</a></p>\n</td></tr>\n<tr><td class=\"foot\" style=\"padding:16px 32px 0;color:#5b626b;font-size:13px;line-height:1.5;\">\n<a href=\"https://status.acme.test\" style=\"color:inherit;\">Acme</a><br>You get this mail because you follow Acme.<br>To stop these mails, answer this one with the word “unsubscribe”.\n</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n","language":"en","date":"2026-03-01T10:10:00Z","host":"status.acme.test","thread":"cxtp3dcrckoe3onsuz5ncnrhge2m7i6yywbev3kqlbhwnqbq2fdq"}');
INSERT INTO "message" VALUES(4,'e74kh3fvye3sve3frqusbz4hideqgvxw72mmyiqkyefn5f6jgmya','{"message":"text","version":1,"body":"Acme: search. New problem. https://status.acme.test/incidents/search/","encoding":"gsm7","segments":1}');
CREATE TABLE notice (
    number INTEGER PRIMARY KEY,
    change INTEGER NOT NULL REFERENCES change,
    subscriber INTEGER NOT NULL REFERENCES subscriber,
    incident INTEGER NOT NULL REFERENCES incident,
    UNIQUE (subscriber, incident, change)
) STRICT;
INSERT INTO "notice" VALUES(1,1,1,1);
INSERT INTO "notice" VALUES(2,1,2,1);
INSERT INTO "notice" VALUES(3,1,4,1);
INSERT INTO "notice" VALUES(4,1,3,1);
INSERT INTO "notice" VALUES(5,2,1,2);
INSERT INTO "notice" VALUES(6,2,2,2);
INSERT INTO "notice" VALUES(7,2,3,2);
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "setting" VALUES('secret',X'D7391945C50FA803F5A51AB668DAA9B0E5D3FB1FE52ED32AC9B2430CCFF5F1AB');
CREATE TABLE step (
    number INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    notice INTEGER NOT NULL REFERENCES notice,
    position INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    message INTEGER NOT NULL REFERENCES message,
    state INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- How long it may be tried before the next step; becomes an earlier expires_at at the first handoff.
    try_for INTEGER,
    epoch INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    reason TEXT
) STRICT;
INSERT INTO "step" VALUES(1,7070862413491214013,1,0,0,3,1,1,3,1772359200000,1772359260196,NULL,1,1,NULL,NULL,NULL,1772359200239,NULL);
INSERT INTO "step" VALUES(2,1044742656880688864,1,1,1,3,2,2,6,1772359200000,1772361000000,NULL,0,0,NULL,NULL,NULL,1772359200239,'not needed: an earlier step was accepted');
INSERT INTO "step" VALUES(3,4116173058306062583,2,0,0,3,3,1,3,1772359200000,1772445600000,NULL,1,1,NULL,NULL,NULL,1772359200207,NULL);
INSERT INTO "step" VALUES(4,-1083397990555997094,3,0,0,3,6,1,3,1772359200000,1772445600000,NULL,1,1,NULL,NULL,NULL,1772359200239,NULL);
INSERT INTO "step" VALUES(5,-313498793512130505,4,0,0,3,4,1,5,1772359200000,1772359260196,NULL,1,1,NULL,NULL,NULL,1772359200205,NULL);
INSERT INTO "step" VALUES(6,6396949452615934400,4,1,1,3,5,2,3,1772359200205,1772361000000,NULL,1,1,NULL,NULL,NULL,1772359200269,NULL);
INSERT INTO "step" VALUES(7,8668497209779000060,5,0,0,3,1,3,2,1772359800000,1772359860183,NULL,1,0,'worker-15562-c356cf61',1772360100183,1772359800183,NULL,NULL);
INSERT INTO "step" VALUES(8,8464843844078938540,5,1,1,3,2,4,0,1772359800000,1772361600000,NULL,0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "step" VALUES(9,-8258234874843687696,6,0,0,3,3,3,2,1772359800000,1772446200000,NULL,1,0,'worker-15562-c356cf61',1772360100183,1772359800183,NULL,NULL);
INSERT INTO "step" VALUES(10,4039367970414064462,7,0,1,3,5,4,2,1772359800000,1772361600000,NULL,1,0,'worker-15562-c356cf61',1772360100184,1772359800184,NULL,NULL);
CREATE TABLE subscriber (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    follows TEXT NOT NULL,
    from_severity INTEGER NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
INSERT INTO "subscriber" VALUES(1,'27nbcy3dlmzhmyrezvbgeaiigesnb5vpgsddo7ga5nw6oifzjcza','null',0,'en','Europe/Madrid',1772359200000,NULL);
INSERT INTO "subscriber" VALUES(2,'irvbgb4ahicsxmloihqmxgmulaerydguhzgpgov64dlvtkrskuqa','null',0,'en','Europe/Madrid',1772359200000,NULL);
INSERT INTO "subscriber" VALUES(3,'uztbrrqfyvifryqnu3z2ly6whgftdeifw3hjcemgka4il5geehgq','null',0,'en','Europe/Madrid',1772359200000,NULL);
INSERT INTO "subscriber" VALUES(4,'lug5kre6blijirf2iqi7xlsjdx3rbxmlnhbpzwjpahb24cygopna','null',0,'en','Europe/Madrid',1772359200000,1772359500000);
CREATE INDEX contact_endpoint ON contact (endpoint);
CREATE INDEX notice_change ON notice (change);
CREATE INDEX step_key ON step (key);
CREATE UNIQUE INDEX step_chain ON step (notice, position);
CREATE INDEX step_due ON step (channel, severity, due_at) WHERE state = 1;
CREATE INDEX step_waiting ON step (notice) WHERE state = 0;
CREATE INDEX step_held ON step (lease_until) WHERE state = 2;
CREATE INDEX attempt_step ON attempt (step);
CREATE INDEX attempt_handoff ON attempt (endpoint, ended_at) WHERE class = 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('subscriber',4);
INSERT INTO "sqlite_sequence" VALUES('endpoint',6);
PRAGMA application_id = 1634495587;
PRAGMA user_version = 1;
