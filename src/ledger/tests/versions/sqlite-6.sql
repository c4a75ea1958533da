-- A ledger in a file, as schema 6 kept it (.dump): two incidents being told while the mail relay and, for the second, the text
-- gateway were away; texts held by the budget; one person twice, one who left, and addresses in two spellings.
PRAGMA foreign_keys=OFF;
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES('mark',X'32203132');
INSERT INTO setting VALUES('secret',X'656531ab2fdc878429bc3719b8b943606a974376c6a73ec9e9dc29d53df1545f');
CREATE TABLE baseline (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    announced TEXT NOT NULL,
    moved_at INTEGER NOT NULL
) STRICT;
INSERT INTO baseline VALUES(1,'{"version":1,"incidents":{"payments":{"id":"payments","revision":1,"kind":"incident","title":"Search is slow","severity":"minor","peak_severity":"minor","phase":"investigating","affected":{"search":"degraded"},"touched":["search"],"started":"2026-11-20T09:12:00Z","window":null,"eta":"2026-11-20T13:00:00Z","updates":[{"at":"2026-11-20T10:00:00Z","phase":"investigating","body":"Some pages are slow."}]},"search":{"id":"search","revision":1,"kind":"incident","title":"Search is slow","severity":"critical","peak_severity":"critical","phase":"investigating","affected":{"search":"major_outage"},"touched":["search"],"started":"2026-11-20T09:12:00Z","window":null,"eta":"2026-11-20T13:00:00Z","updates":[{"at":"2026-11-20T10:00:00Z","phase":"investigating","body":"Some pages are slow."}]}}}',1795176000000);
CREATE TABLE brake (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    reason TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
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
INSERT INTO subscriber VALUES(1,'mbryiqnvhizq5vhf3safej3ewu3v2wsaisxxcwogqok544odmocq','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(2,'rmqnnjtjf4lfcas7ccgji6azk6ynvivcv4yz64lmspfysx32al6a','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(3,'qbfar5wij5vphbq2kdodngf24mrc3yqicqmuzrjdvshmuhohfoda','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(4,'jzogukeodtcv6tj4zextyybvsvc5v75ulkve5sy6bc2j23wo56sq','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(5,'7nny6fxwe74vtg2l3prfjaeyiypgtzj5qxjaqe7fwhyzfbwsaxda','null',0,'en','UTC',1795176000000,1795176000000);
INSERT INTO subscriber VALUES(6,'q2l2nol2gvbqnoca5fjpvlgqahznqbrwjuradmrqih4ecfwh3thq','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(7,'eb56tnoitiefoimi2ikcnotpjn3mvpd6sn4636yksjxfggluv5gq','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(8,'hgodqxx6pspqtvtlevmyvp4zczlzsdtusjw3jioem242676fl2ta','null',0,'en','UTC',1795176000000,NULL);
INSERT INTO subscriber VALUES(9,'nd2az2ouipqucewpnezaf2q2vj5pxft26uh4r2pczsd6bpx4prfq','null',0,'en','UTC',1795176000000,NULL);
CREATE TABLE endpoint (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL UNIQUE,
    suppressed_at INTEGER,
    suppressed_because TEXT
) STRICT;
INSERT INTO endpoint VALUES(1,'ana@example.org',NULL,NULL);
INSERT INTO endpoint VALUES(2,'+34600000001',NULL,NULL);
INSERT INTO endpoint VALUES(3,'ben@example.org',NULL,NULL);
INSERT INTO endpoint VALUES(4,'+34600000003',NULL,NULL);
INSERT INTO endpoint VALUES(5,'Dora@example.org',NULL,NULL);
INSERT INTO endpoint VALUES(6,'eva@example.org',NULL,NULL);
INSERT INTO endpoint VALUES(7,'+34600000004',NULL,NULL);
INSERT INTO endpoint VALUES(10,'DORA@example.org',NULL,NULL);
INSERT INTO endpoint VALUES(11,'+zed@example.org',NULL,NULL);
CREATE TABLE contact (
    subscriber INTEGER NOT NULL REFERENCES subscriber,
    position INTEGER NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    PRIMARY KEY (subscriber, position)
) STRICT, WITHOUT ROWID;
INSERT INTO contact VALUES(1,0,1);
INSERT INTO contact VALUES(7,1,1);
INSERT INTO contact VALUES(1,1,2);
INSERT INTO contact VALUES(7,0,2);
INSERT INTO contact VALUES(2,0,3);
INSERT INTO contact VALUES(3,0,4);
INSERT INTO contact VALUES(4,0,5);
INSERT INTO contact VALUES(5,0,6);
INSERT INTO contact VALUES(6,0,7);
INSERT INTO contact VALUES(8,0,10);
INSERT INTO contact VALUES(9,0,11);
CREATE TABLE incident (
    number INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO incident VALUES(1,'payments');
INSERT INTO incident VALUES(2,'search');
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    incident INTEGER NOT NULL REFERENCES incident,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    what TEXT NOT NULL,
    planned_at INTEGER NOT NULL
) STRICT;
INSERT INTO change VALUES(1,'uz3k35ovvf6nopkgxg6lcvccgrslhxbcljswnzvpajmr4rymdspa',1,'payments',1,'[{"what":"opened"}]',1795172400000);
INSERT INTO change VALUES(2,'yza65a5j76urwvehumt2ptc35nvhy7nd75xmea4p6xrgahlgq2mq',2,'search',1,'[{"what":"opened"}]',1795176000000);
CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
) STRICT;
INSERT INTO message VALUES(1,'7c342eul7p6o252lloekk2n3mkhyjg6yx7ovjymkuhm4xealbcta','{"message":"text","version":1,"body":"Example Shop: Search is slow. New problem, expected back by 13:00 UTC. https://status.example.org/incidents/payments/","encoding":"gsm7","segments":1}');
INSERT INTO message VALUES(2,'oa3ofmycmvnaegu3ywwmncbzhch3yeeti2g5uz7ac2ym4co2diwq','{"message":"mail","version":1,"from_name":"Example Shop","from_address":"status@example.org","reply_to":null,"subject":"[Example Shop] Search is slow","text":"Search is slow\nNew problem, expected back by 13:00 UTC\n\nAffected: Search: Slow or unreliable\nWhat it means for you: Searching takes long.\nExpected back: 13:00 UTC\nSeverity: Minor\n\nInvestigating, 10:00 UTC\n\nSome pages are slow.\n\nRead the whole story: https://status.example.org/incidents/payments/\n\n-- \nExample Shop · https://status.example.org\nYou get this mail because you follow Example Shop.\nTo stop these mails, answer this one with the word “unsubscribe”.\n","html":"<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>[Example Shop] Search is slow</title>\n<style>\n:root { color-scheme: light dark; }\n.words p, .words ul, .words ol, .words pre, .words blockquote, .words table { margin: 0 0 12px; }\n.words h4, .words h5, .words h6 { margin: 16px 0 8px; font-size: 16px; }\n.words a, .foot a { color: inherit; }\n@media (prefers-color-scheme: dark) {\n  .sheet { background: #1b1d21 !important; }\n  .paper { background: #26292e !important; color: #e8eaed !important; }\n  .label, .foot { color: #a8adb5 !important; }\n  .rule { border-color: #3a3e45 !important; }\n  .button { background: #e8eaed !important; color: #1f2328 !important; }\n}\n@media (max-width: 480px) {\n  .paper { padding: 20px 18px !important; }\n  .label, .fact { display: block !important; width: auto !important; }\n  .label { padding: 10px 0 0 !important; }\n  .fact { padding: 2px 0 0 !important; }\n}\n</style>\n</head>\n<body class=\"sheet\" style=\"margin:0;padding:0;background:#f3f4f6;\">\n<table class=\"sheet\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background:#f3f4f6;\">\n<tr><td align=\"center\" style=\"padding:24px 12px;\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;\">\n<tr><td class=\"paper\" style=\"background:#ffffff;color:#1f2328;padding:28px 32px;border-radius:8px;font-size:16px;line-height:1.5;\">\n<p class=\"label\" style=\"margin:0 0 6px;color:#5b626b;font-size:14px;\">Example Shop</p>\n<h1 style=\"margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:600;\">Search is slow</h1>\n<p style=\"margin:0 0 16px;padding:12px 16px;border-radius:6px;background:#8a5a00;color:#ffffff;font-size:17px;font-weight:600;\">New problem, expected back by 13:00 UTC</p>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Affected</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Search: Slow or unreliable</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">What it means for you</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Searching takes long.</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Expected back</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">13:00 UTC</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Severity</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Minor</td>\n</tr>\n</table>\n<div class=\"rule\" style=\"margin:18px 0 0;padding:16px 0 0;border-top:1px solid #d9dce1;\">\n<p class=\"label\" style=\"margin:0 0 8px;color:#5b626b;font-size:14px;font-weight:600;\">Investigating, 10:00 UTC</p>\n<div class=\"words\"><p>Some pages are slow.</p>\n</div>\n</div>\n<p style=\"margin:20px 0 0;\"><a class=\"button\" href=\"https://status.example.org/incidents/payments/\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none;font-size:15px;font-weight:600;\">Read the whole story</a></p>\n</td></tr>\n<tr><td class=\"foot\" style=\"padding:16px 32px 0;color:#5b626b;font-size:13px;line-height:1.5;\">\n<a href=\"https://status.example.org\" style=\"color:inherit;\">Example Shop</a><br>You get this mail because you follow Example Shop.<br>To stop these mails, answer this one with the word “unsubscribe”.\n</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n","language":"en","date":"2026-11-20T11:00:00Z","host":"status.example.org","thread":"3skgyuj23bewuakxjtf2wle73ws3ly2n5e2ga6j6iyh3abz6c65q"}');
INSERT INTO message VALUES(3,'4e5mwcg4rhqfkwswqyho3p5pfegfhnwhx7kdakkjl6gvvapmujvq','{"message":"text","version":1,"body":"Example Shop: Search is slow. New problem, expected back by 13:00 UTC. https://status.example.org/incidents/search/","encoding":"gsm7","segments":1}');
INSERT INTO message VALUES(4,'pe5avuah5fp5z765iqhece2h3aobz2qrcodwmvueq2nia7s4capq','{"message":"mail","version":1,"from_name":"Example Shop","from_address":"status@example.org","reply_to":null,"subject":"[Example Shop] Search is slow","text":"Search is slow\nNew problem, expected back by 13:00 UTC\n\nAffected: Search: Not working\nWhat it means for you: Searching takes long.\nExpected back: 13:00 UTC\nSeverity: Critical\n\nInvestigating, 10:00 UTC\n\nSome pages are slow.\n\nRead the whole story: https://status.example.org/incidents/search/\n\n-- \nExample Shop · https://status.example.org\nYou get this mail because you follow Example Shop.\nTo stop these mails, answer this one with the word “unsubscribe”.\n","html":"<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>[Example Shop] Search is slow</title>\n<style>\n:root { color-scheme: light dark; }\n.words p, .words ul, .words ol, .words pre, .words blockquote, .words table { margin: 0 0 12px; }\n.words h4, .words h5, .words h6 { margin: 16px 0 8px; font-size: 16px; }\n.words a, .foot a { color: inherit; }\n@media (prefers-color-scheme: dark) {\n  .sheet { background: #1b1d21 !important; }\n  .paper { background: #26292e !important; color: #e8eaed !important; }\n  .label, .foot { color: #a8adb5 !important; }\n  .rule { border-color: #3a3e45 !important; }\n  .button { background: #e8eaed !important; color: #1f2328 !important; }\n}\n@media (max-width: 480px) {\n  .paper { padding: 20px 18px !important; }\n  .label, .fact { display: block !important; width: auto !important; }\n  .label { padding: 10px 0 0 !important; }\n  .fact { padding: 2px 0 0 !important; }\n}\n</style>\n</head>\n<body class=\"sheet\" style=\"margin:0;padding:0;background:#f3f4f6;\">\n<table class=\"sheet\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background:#f3f4f6;\">\n<tr><td align=\"center\" style=\"padding:24px 12px;\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;\">\n<tr><td class=\"paper\" style=\"background:#ffffff;color:#1f2328;padding:28px 32px;border-radius:8px;font-size:16px;line-height:1.5;\">\n<p class=\"label\" style=\"margin:0 0 6px;color:#5b626b;font-size:14px;\">Example Shop</p>\n<h1 style=\"margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:600;\">Search is slow</h1>\n<p style=\"margin:0 0 16px;padding:12px 16px;border-radius:6px;background:#b3261e;color:#ffffff;font-size:17px;font-weight:600;\">New problem, expected back by 13:00 UTC</p>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Affected</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Search: Not working</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">What it means for you</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Searching takes long.</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Expected back</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">13:00 UTC</td>\n</tr>\n<tr>\n<td class=\"label\" width=\"34%\" valign=\"top\" style=\"padding:6px 12px 6px 0;color:#5b626b;font-size:15px;\">Severity</td>\n<td class=\"fact\" valign=\"top\" style=\"padding:6px 0;font-size:15px;\">Critical</td>\n</tr>\n</table>\n<div class=\"rule\" style=\"margin:18px 0 0;padding:16px 0 0;border-top:1px solid #d9dce1;\">\n<p class=\"label\" style=\"margin:0 0 8px;color:#5b626b;font-size:14px;font-weight:600;\">Investigating, 10:00 UTC</p>\n<div class=\"words\"><p>Some pages are slow.</p>\n</div>\n</div>\n<p style=\"margin:20px 0 0;\"><a class=\"button\" href=\"https://status.example.org/incidents/search/\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none;font-size:15px;font-weight:600;\">Read the whole story</a></p>\n</td></tr>\n<tr><td class=\"foot\" style=\"padding:16px 32px 0;color:#5b626b;font-size:13px;line-height:1.5;\">\n<a href=\"https://status.example.org\" style=\"color:inherit;\">Example Shop</a><br>You get this mail because you follow Example Shop.<br>To stop these mails, answer this one with the word “unsubscribe”.\n</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n","language":"en","date":"2026-11-20T12:00:00Z","host":"status.example.org","thread":"cxtp3dcrckoe3onsuz5ncnrhge2m7i6yywbev3kqlbhwnqbq2fdq"}');
CREATE TABLE notice (
    number INTEGER PRIMARY KEY,
    change INTEGER NOT NULL REFERENCES change,
    subscriber INTEGER NOT NULL REFERENCES subscriber,
    incident INTEGER NOT NULL REFERENCES incident,
    UNIQUE (subscriber, incident, change)
) STRICT;
INSERT INTO notice VALUES(1,1,7,1);
INSERT INTO notice VALUES(2,1,4,1);
INSERT INTO notice VALUES(3,1,1,1);
INSERT INTO notice VALUES(4,1,6,1);
INSERT INTO notice VALUES(5,1,3,1);
INSERT INTO notice VALUES(6,1,2,1);
INSERT INTO notice VALUES(7,2,7,2);
INSERT INTO notice VALUES(8,2,4,2);
INSERT INTO notice VALUES(9,2,1,2);
INSERT INTO notice VALUES(10,2,6,2);
INSERT INTO notice VALUES(11,2,3,2);
INSERT INTO notice VALUES(12,2,2,2);
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
, success INTEGER NOT NULL DEFAULT 0, quiet_from INTEGER, quiet_until INTEGER, change INTEGER NOT NULL DEFAULT 0, evidence INTEGER, taken_at INTEGER) STRICT;
INSERT INTO step VALUES(1,-1036602581426175401,1,0,1,1,2,1,3,1795172400000,1795174200000,NULL,1,1,NULL,NULL,NULL,1795172400014,NULL,0,NULL,NULL,1,0,1795172400014);
INSERT INTO step VALUES(2,-8668098116551940120,2,0,0,1,5,2,1,1795176009366,1795258800000,NULL,4,2,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1,NULL,NULL);
INSERT INTO step VALUES(3,-7546576095021551389,3,0,0,1,1,2,1,1795176009597,1795258800000,NULL,4,2,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1,NULL,NULL);
INSERT INTO step VALUES(4,-1917814389050891854,4,0,1,1,7,1,8,1795173300004,1795174200000,NULL,0,0,NULL,NULL,NULL,1795176000008,'its time ran out before it could leave',0,NULL,NULL,1,NULL,NULL);
INSERT INTO step VALUES(5,-7370737453240742852,5,0,1,1,4,1,8,1795173300004,1795174200000,NULL,0,0,NULL,NULL,NULL,1795176000008,'its time ran out before it could leave',0,NULL,NULL,1,NULL,NULL);
INSERT INTO step VALUES(6,8007562248017677395,6,0,0,1,3,2,1,1795176021588,1795258800000,NULL,6,3,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1,NULL,NULL);
INSERT INTO step VALUES(7,-2496447016991906012,7,0,1,3,2,3,1,1795176006456,1795176060017,NULL,2,1,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(8,8249300988826823242,7,1,0,3,1,4,0,1795176000000,1795262400000,NULL,0,0,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(9,-5317912883455200322,8,0,0,3,5,4,1,1795176007457,1795262400000,NULL,2,1,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(10,-5934198917893698943,9,0,0,3,1,4,1,1795176003446,1795176060017,NULL,2,1,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(11,494994246687023909,9,1,1,3,2,3,0,1795176000000,1795177800000,NULL,0,0,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(12,-1443737290446500856,10,0,1,3,7,3,1,1795176900008,1795177800000,NULL,0,0,NULL,NULL,NULL,NULL,'held: the budget of 1 text messages for one incident is used up',0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(13,7496759608420348974,11,0,1,3,4,3,1,1795176900008,1795177800000,NULL,0,0,NULL,NULL,NULL,NULL,'held: the budget of 1 text messages for one incident is used up',0,NULL,NULL,2,NULL,NULL);
INSERT INTO step VALUES(14,5573376114526975826,12,0,0,3,3,4,1,1795176004229,1795262400000,NULL,2,1,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,2,NULL,NULL);
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
INSERT INTO attempt VALUES(1,2,5,1,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795172400006,1795172400011);
INSERT INTO attempt VALUES(2,3,1,1,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795172400010,1795172400011);
INSERT INTO attempt VALUES(3,6,3,1,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795172400010,1795172400012);
INSERT INTO attempt VALUES(4,1,2,1,'gateway',0,'HTTP 202','0: Accepted for delivery',NULL,NULL,1795172400010,1795172400014);
INSERT INTO attempt VALUES(5,9,5,1,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176000013,1795176000015);
INSERT INTO attempt VALUES(6,7,2,1,'gateway',1,'','failed to connect: Connection refused (os error 111)',NULL,NULL,1795176000020,1795176000020);
INSERT INTO attempt VALUES(7,6,3,3,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176000020,1795176000020);
INSERT INTO attempt VALUES(8,14,3,1,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176000019,1795176000020);
INSERT INTO attempt VALUES(9,2,5,3,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176000020,1795176000020);
INSERT INTO attempt VALUES(10,3,1,3,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176000020,1795176000020);
INSERT INTO attempt VALUES(11,10,1,1,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176000017,1795176000022);
INSERT INTO attempt VALUES(12,6,3,5,'relay',1,'','while connecting: Connection refused (os error 111)',NULL,NULL,1795176001024,1795176001027);
CREATE TABLE tally (
    what TEXT PRIMARY KEY,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO tally VALUES('baseline',385127571707249560);
INSERT INTO tally VALUES('brake',0);
INSERT INTO tally VALUES('change',285901762234059065);
INSERT INTO tally VALUES('contact',817213841199281291);
INSERT INTO tally VALUES('endpoint',715358293664837913);
INSERT INTO tally VALUES('incident',410509068016945455);
INSERT INTO tally VALUES('message',583408233831852552);
INSERT INTO tally VALUES('schema',272920973871003921);
INSERT INTO tally VALUES('setting',298812970958617295);
INSERT INTO tally VALUES('step',413455524862993352);
INSERT INTO tally VALUES('subscriber',121095973662569971);
CREATE TABLE bucket (
    provider TEXT PRIMARY KEY,
    next INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE pause (
    provider TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE circuit (
    owner TEXT PRIMARY KEY,
    slices TEXT NOT NULL,
    opened_at INTEGER,
    because TEXT,
    failed_at INTEGER,
    probe_at INTEGER,
    probes INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO circuit VALUES('gateway','359035200:1:1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO circuit VALUES('relay','359035200:7:7',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE report (
    number INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    status INTEGER NOT NULL,
    step INTEGER,
    words TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    heard INTEGER NOT NULL,
    UNIQUE (provider, reference, status)
) STRICT;
CREATE TABLE forced (
    change INTEGER PRIMARY KEY REFERENCES change,
    who TEXT NOT NULL,
    site TEXT NOT NULL
) STRICT;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('subscriber',9);
INSERT INTO sqlite_sequence VALUES('endpoint',11);
CREATE INDEX contact_endpoint ON contact (endpoint);
CREATE INDEX notice_change ON notice (change);
CREATE INDEX step_key ON step (key);
CREATE UNIQUE INDEX step_chain ON step (notice, position);
CREATE INDEX step_waiting ON step (notice) WHERE state = 0;
CREATE INDEX step_held ON step (lease_until) WHERE state = 2;
CREATE INDEX attempt_step ON attempt (step);
CREATE INDEX attempt_handoff ON attempt (endpoint, ended_at) WHERE class = 0;
CREATE INDEX step_fresh ON step (channel, severity, change, due_at) WHERE state = 1 AND attempts = 0;
CREATE INDEX step_again ON step (channel, severity, due_at) WHERE state = 1 AND attempts > 0;
CREATE INDEX step_texted ON step (change, ended_at) WHERE channel = 1 AND state IN (2, 3, 4, 10, 11);
CREATE INDEX step_watching ON step (expires_at) WHERE state = 11;
CREATE INDEX attempt_reference ON attempt (reference) WHERE reference IS NOT NULL;
CREATE INDEX report_step ON report (step) WHERE step IS NOT NULL;
