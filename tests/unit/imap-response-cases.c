/* Wire lines of servers and what they mean. Quirks (A01 ...) are named as in the comments of the
 * parser. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap-response-cases.h"

#define CASE(wire, expected)                    \
	{                                       \
		wire, sizeof wire - 1, expected \
	}

const struct response_case response_cases[] = {
	/* --- Conditions (RFC 9051 section 7.1) --- */
	CASE("* OK hello\r\n", "condition OK () hello\n"),
	CASE("* ok hello\r\n", "condition OK () hello\n"),
	CASE("* OK\r\n", "condition OK ()\n"),
	CASE("* OK \r\n", "condition OK ()\n"),
	CASE("* OK hello\n", "condition OK () hello\n"),
	CASE("* OK a\rb\r\n", "condition OK () a\\x0Db\n"),
	CASE("* OK caf\xc3\xa9 \x1b[31m \xff\r\n", "condition OK () café \\x1B[31m \\xFF\n"),
	CASE("* OK a\0b\r\n", "condition OK () a\\x00b\n"),
	CASE("* BYE bye\r\n* PREAUTH [ALERT] in\r\n",
	     "condition BYE () bye\ncondition PREAUTH (ALERT 0) in\n"),
	CASE("A1 OK done\r\n", "tagged A1 OK () done\n"),
	CASE("A1 NO [TRYCREATE] no\r\n", "tagged A1 NO (TRYCREATE 0) no\n"),
	CASE("A1 BAD\r\n", "tagged A1 BAD ()\n"),
	CASE("a.b-c~OK OK x\r\n", "tagged a.b-c~OK OK () x\n"),
	CASE("A1 BYE x\r\n", "malformed\n"),
	CASE("A1 FOO x\r\n", "malformed\n"),
	CASE("A1 \r\n", "malformed\n"),
	CASE("A1\r\n", "malformed\n"),
	CASE("A(1 OK x\r\n", "malformed\n"),
	CASE("A\xff OK x\r\n", "malformed\n"),
	CASE("*\r\n", "malformed\n"),
	CASE("* \r\n", "malformed\n"),
	CASE("+ go on\r\n", "continuation go on\n"),
	CASE("+\r\n", "continuation \n"),
	CASE("+ dGVzdA==\r\n", "continuation dGVzdA==\n"),
	CASE("+OK POP3\r\n", "continuation OK POP3\n"),
	/* A text that ends like a literal is none. */
	CASE("* OK text {5}\r\nA1 OK x {3}\r\n",
	     "condition OK () text {5}\ntagged A1 OK () x {3}\n"),

	/* --- Response codes --- */
	CASE("* OK [UIDVALIDITY 3857529045]\r\n", "condition OK (UIDVALIDITY 3857529045)\n"),
	CASE("* OK [UIDNEXT 4392] Predicted\r\n", "condition OK (UIDNEXT 4392) Predicted\n"),
	CASE("* OK[UIDNEXT 4392]Predicted\r\n", "condition OK (UIDNEXT 4392) Predicted\n"),
	CASE("* OK [UIDNEXT 4392 ] x\r\n", "condition OK (UIDNEXT 4392) x\n"),
	CASE("* OK [UIDNEXT x] x\r\n", "condition OK (OTHER) x\n"),
	CASE("* OK [UIDNEXT] x\r\n", "condition OK (OTHER) x\n"),
	CASE("* OK [UIDNEXT 1 2] x\r\n", "condition OK (OTHER) x\n"),
	CASE("* OK [UIDNEXT -1] x\r\n", "condition OK (OTHER) x\n"),
	CASE("* OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] Ok\r\n",
	     "condition OK (MAILBOXID 0) Ok\n"),
	CASE("* OK [MAILBOXID ()] Ok\r\n", "condition OK (OTHER) Ok\n"),
	CASE("* OK [MAILBOXID F22] Ok\r\n", "condition OK (OTHER) Ok\n"),
	CASE("* OK [HIGHESTMODSEQ 18446744073709551615] x\r\n",
	     "condition OK (HIGHESTMODSEQ 18446744073709551615) x\n"),
	CASE("* OK [HIGHESTMODSEQ 18446744073709551616] x\r\n", "condition OK (OTHER) x\n"),
	CASE("* OK [NOMODSEQ] x\r\n", "condition OK (NOMODSEQ 0) x\n"),
	CASE("* OK [CLOSED] Previous mailbox closed\r\n",
	     "condition OK (CLOSED 0) Previous mailbox closed\n"),
	CASE("A1 OK [read-only] EXAMINE\r\n", "tagged A1 OK (READ-ONLY 0) EXAMINE\n"),
	CASE("A1 OK [APPENDUID 38505 3955] x\r\n", "tagged A1 OK (APPENDUID 38505  3955) x\n"),
	CASE("A1 OK [APPENDUID 38505 3955:3957] x\r\n",
	     "tagged A1 OK (APPENDUID 38505  3955:3957) x\n"),
	CASE("A1 OK [APPENDUID 38505 3955,3957:3959,4294967295] x\r\n",
	     "tagged A1 OK (APPENDUID 38505  3955,3957:3959,4294967295) x\n"),
	CASE("A1 OK [APPENDUID 38505 0] x\r\n", "tagged A1 OK (OTHER) x\n"),
	/* Which UID is which message's would not be known. */
	CASE("A1 OK [APPENDUID 38505 3957:3955] x\r\n", "tagged A1 OK (OTHER) x\n"),
	CASE("A1 OK [APPENDUID 38505 7,6] x\r\n", "tagged A1 OK (OTHER) x\n"),
	CASE("A1 OK [APPENDUID 38505 6,6] x\r\n", "tagged A1 OK (OTHER) x\n"),
	CASE("A1 OK [APPENDUID 38505 5,4294967296] x\r\n", "tagged A1 OK (OTHER) x\n"),
	CASE("A1 OK [APPENDUID 38505 5,] x\r\n", "tagged A1 OK (OTHER) x\n"),
	CASE("A1 OK [COPYUID 38505 304,319:320 3956:3958] x\r\n",
	     "tagged A1 OK (COPYUID 38505 304,319:320 3956:3958) x\n"),
	CASE("A1 OK [COPYUID 38505 304] x\r\n", "tagged A1 OK (OTHER) x\n"), /* C08 */
	CASE("A1 OK [MODIFIED 7,9] x\r\n", "tagged A1 OK (MODIFIED 0  7,9) x\n"),
	CASE("A1 OK [CAPABILITY IMAP4rev1 auth=PLAIN ] x\r\n",
	     "tagged A1 OK (CAPABILITY 0    IMAP4REV1,AUTH=PLAIN) x\n"),
	CASE("* OK [BADCHARSET (UTF-8 \"a]b\")] x\r\n", "condition OK (OTHER) x\n"),
	CASE("* OK [INPROGRESS (\"t]ag\" 1 NIL)] Processed\r\n",
	     "condition OK (OTHER) Processed\n"),
	CASE("* OK [] x\r\n", "condition OK (OTHER) x\n"),
	/* However broken the code, a tagged reply is never lost. */
	CASE("A1 OK [UIDNEXT 1\r\n", "tagged A1 OK (OTHER) [UIDNEXT 1\n"),
	CASE("A1 OK [X \"a] b\r\n", "tagged A1 OK (OTHER) b\n"),
	CASE("A1 OK [X (a] b\r\n", "tagged A1 OK (OTHER) b\n"),
	CASE("A1 OK [CAPABILITY \x01 \xff x] b\r\n", "tagged A1 OK (CAPABILITY 0    X) b\n"),
	CASE("A1 OK [PERMANENTFLAGS (\\Seen \"a] b\r\n", "tagged A1 OK (OTHER) b\n"),
	CASE("RUBY0001 OK [Error=\"Microsoft.X: not allowed\" Proxy=X:1993:SSL Service=Imap4] "
	     "done\r\n",
	     "tagged RUBY0001 OK (OTHER) done\n"),

	/* --- CAPABILITY, ENABLED, FLAGS, numbers --- */
	CASE("* CAPABILITY IMAP4rev1 LITERAL+ AUTH=SCRAM-SHA-256\r\n",
	     "capability IMAP4REV1 LITERAL+ AUTH=SCRAM-SHA-256\n"),
	CASE("* CAPABILITY IMAP4rev1 + [] ( x\r\n", "capability IMAP4REV1 + [] ( X\n"), /* A09 */
	CASE("* CAPABILITY\r\n", "capability \n"),
	CASE("* ENABLED QRESYNC utf8=accept\r\n", "enabled QRESYNC UTF8=ACCEPT\n"),
	CASE("* ENABLED\r\n", "enabled \n"),
	CASE("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\Recent $Forwarded Junk)\r\n",
	     "flags \\Seen,\\Answered,\\Flagged,\\Deleted,\\Draft,$Forwarded,Junk\n"),
	CASE("* FLAGS ()\r\n", "flags \n"),
	CASE("* FLAGS ( \\seen  $FORWARDED )\r\n", "flags \\Seen,$Forwarded\n"),
	CASE("* FLAGS (\\Seen\r\n", "malformed\n"),
	CASE("* FLAGS (\\Seen (a))\r\n", "malformed\n"),
	CASE("* FLAGS (\\Seen) x\r\n", "malformed\n"),
	CASE("* FLAGS \\Seen\r\n", "malformed\n"),
	CASE("* 23 EXISTS\r\n", "exists 23\n"),
	CASE("* 23 EXISTS \r\n", "exists 23\n"),
	CASE("* 4294967295 exists\r\n", "exists 4294967295\n"),
	CASE("* 4294967296 EXISTS\r\n", "malformed\n"),
	CASE("* 23 EXISTS 5\r\n", "malformed\n"),
	CASE("* 23EXISTS\r\n", "malformed\n"),
	CASE("* EXISTS 23\r\n", "malformed\n"),
	CASE("* 5 RECENT\r\n", "other\n"),
	CASE("* 44 EXPUNGE\r\n", "expunge 44\n"),
	CASE("* 0 EXPUNGE\r\n", "malformed\n"),
	CASE("* 7\r\n", "malformed\n"),
	CASE("* -7 EXISTS\r\n", "other\n"),

	/* --- LIST, STATUS, NAMESPACE --- */
	CASE("* LIST (\\HasNoChildren) \"/\" INBOX\r\n", "list 0 '/' INBOX\n"),
	CASE("* LIST () \"/\" \"a b\"\r\n", "list 0 '/' a b\n"),
	CASE("* LIST () \"/\" {3}\r\na b\r\n* 1 EXISTS\r\n", "list 0 '/' a b\nexists 1\n"),
	CASE("* LIST () \"/\" {3+}\r\na b\r\n", "list 0 '/' a b\n"),
	CASE("* LIST () \"/\" ~{3}\r\na b\r\n", "list 0 '/' a b\n"),
	CASE("* LIST () \"/\" {003}\na b\n", "list 0 '/' a b\n"),
	CASE("* LIST () \"/\" {0}\r\n\r\n", "list 0 '/' \n"),
	CASE("* LIST () \"/\" \"\"\r\n", "list 0 '/' \n"),
	CASE("* LIST () \"\\\\\" \"a\\\\b\\\"c\"\r\n", "list 0 '\\' a\\b\"c\n"),
	CASE("* LIST () \".\" \"a\\b\"\r\n", "list 0 '.' a\\b\n"),
	CASE("* LIST () \"\" a\r\n", "list 0 NIL a\n"),
	CASE("* LIST () nil NIL\r\n", "list 0 NIL NIL\n"),
	CASE("* LIST (\\Noselect \\NoInferiors \\Subscribed \\All \\Archive \\Drafts) \"/\" a\r\n",
	     "list 3f '/' a\n"),
	CASE("* LIST (\\NonExistent \\Flagged \\Junk \\Sent \\Trash \\Important \\Marked) \"/\" a\r\n",
	     "list 7c1 '/' a\n"),
	CASE("* LIST (\\HasChildren) \"/\" a (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
	     "list 0 '/' a\n"),
	CASE("* LIST () \"/\" a (\"OLDNAME\" ({1}\r\n)))\r\n* 1 EXISTS\r\n",
	     "list 0 '/' a\nexists 1\n"),
	CASE("* LSUB () \".\" a\r\n", "list 0 '.' a\n"),
	CASE("* XLIST () \".\" a\r\n", "other\n"),
	CASE("* LIST () \"/\" Sent Items\r\n", "malformed\n"),
	CASE("* LIST () \"//\" a\r\n", "malformed\n"),
	CASE("* LIST () \"\x01\" a\r\n", "malformed\n"),
	CASE("* LIST () \"/\" \"a\r\n", "malformed\n"),
	CASE("* LIST () \"/\" \"a\0b\"\r\n", "list 0 '/' a%00b\n"),
	CASE("* LIST () \"/\" {3}\r\na\0b\r\n", "list 0 '/' a%00b\n"),
	CASE("* LIST () \"/\"\r\n", "malformed\n"),
	CASE("* LIST \"/\" a\r\n", "malformed\n"),
	CASE("* LIST (\r\n", "malformed\n"),
	CASE("* LIST ((a)) \"/\" a\r\n", "malformed\n"),
	CASE("* LIST () \"/\" a{3}\r\nb c\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n"),
	CASE("* STATUS foo (MAILBOXID (F2212ea87) MESSAGES 2)\r\n",
	     "status foo messages=2 mailboxid\n"),
	CASE("* STATUS foo (MAILBOXID NIL MESSAGES 2)\r\n", "status foo messages=2\n"),
	CASE("* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 7 HIGHESTMODSEQ 9)\r\n",
	     "status blurdybloop messages=231 uidnext=44292 uidvalidity=7 highestmodseq=9\n"),
	CASE("* STATUS \"a b\" (X (1 {1}\r\n)) RECENT 5 messages 0 HIGHESTMODSEQ 0)\r\n",
	     "status a b messages=0 highestmodseq=0\n"),
	CASE("* STATUS a (APPENDLIMIT 257890)\r\n", "status a appendlimit=257890\n"),
	CASE("* STATUS a (APPENDLIMIT NIL MESSAGES 1)\r\n", "status a messages=1\n"),
	CASE("* STATUS a (SIZE 9223372036854775807 MESSAGES 1)\r\n",
	     "status a messages=1 size=9223372036854775807\n"),
	CASE("* STATUS a (SIZE x)\r\n", "malformed\n"),
	CASE("* STATUS a (APPENDLIMIT x)\r\n", "malformed\n"),
	CASE("* STATUS a (MESSAGES NIL UIDNEXT -1 UIDVALIDITY 0)\r\n", "status a\n"),
	CASE("* STATUS a (MESSAGES 4294967296)\r\n", "malformed\n"),
	CASE("* STATUS a (MESSAGES)\r\n", "malformed\n"),
	CASE("* STATUS a (MESSAGES x)\r\n", "malformed\n"),
	CASE("* STATUS a (MESSAGES 1\r\n", "malformed\n"),
	CASE("* STATUS a\r\n", "malformed\n"),
	CASE("* STATUS a b (MESSAGES 1)\r\n", "malformed\n"),
	CASE("* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" \".\"))\r\n",
	     "namespace INBOX. '.'\n"),
	CASE("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n", "namespace  '/'\n"),
	CASE("* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"a\" \"b\"))) NIL\r\n",
	     "namespace  '/'\n"),
	CASE("* NAMESPACE ((\"a\" NIL \"X\" (\"(\"))) NIL NIL\r\n", "namespace a NIL\n"),
	CASE("* NAMESPACE (({2}\r\na/ \"/\")) NIL NIL\r\n", "namespace a/ '/'\n"),
	CASE("* NAMESPACE NIL NIL ((\"\" \"/\"))\r\n", "namespace NIL NIL\n"),
	CASE("* NAMESPACE () NIL NIL\r\n", "namespace NIL NIL\n"),
	CASE("* NAMESPACE ((\"\" \"/\"\r\n", "malformed\n"),
	CASE("* NAMESPACE ((\"\" \"/\")) ) NIL\r\n", "malformed\n"),

	/* --- SEARCH, ESEARCH, VANISHED --- */
	CASE("* SEARCH 2 3 6\r\n", "search 2:3,6\n"),
	CASE("* SEARCH\r\n", "search\n"),
	CASE("* SEARCH 9 8 7 20 1 8\r\n", "search 1,7:9,20\n"),
	CASE("* SEARCH 0 1\r\n", "search 1\n"),
	CASE("* SEARCH 2 5 (MODSEQ 917162500)\r\n", "search 2,5\n"),
	CASE("* SEARCH 1 x\r\n", "malformed\n"),
	CASE("* SEARCH 1,2\r\n", "malformed\n"),
	CASE("* SEARCH 4294967296\r\n", "malformed\n"),
	CASE("* ESEARCH (TAG \"A282\") UID ALL 2,10:11\r\n", "search [A282] 2,10:11\n"),
	CASE("* ESEARCH (TAG A282) UID MIN 2 COUNT 3 MODSEQ 5 ALL 11:10,2\r\n",
	     "search [A282] 2,10:11\n"),
	CASE("* ESEARCH (TAG {4}\r\nA282) UID\r\n", "search [A282]\n"),
	CASE("* ESEARCH (TAG \"A282\")\r\n", "search [A282]\n"),
	CASE("* ESEARCH UID ALL 1\r\n", "search 1\n"),
	CASE("* ESEARCH (TAG \"A282\") ALL 2,10:11\r\n", "malformed\n"), /* sequence numbers */
	CASE("* ESEARCH (TAG \"A282\") UID ALL 2:*\r\n", "malformed\n"),
	CASE("* ESEARCH (TAG \"A282\") UID ALL\r\n", "malformed\n"),
	CASE("* ESEARCH (X \"A282\") UID ALL 1\r\n", "malformed\n"),
	CASE("* VANISHED (EARLIER) 41,43:116,118\r\n", "vanished [earlier] 41,43:116,118\n"),
	CASE("* VANISHED 405,407,410:425\r\n", "vanished 405,407,410:425\n"),
	CASE("* VANISHED 425:410,1\r\n", "vanished 1,410:425\n"),
	CASE("* VANISHED\r\n", "malformed\n"),
	CASE("* VANISHED (EARLIER)\r\n", "malformed\n"),
	CASE("* VANISHED (LATER) 1\r\n", "malformed\n"),
	CASE("* VANISHED 1:*\r\n", "malformed\n"),
	CASE("* VANISHED 1,,2\r\n", "malformed\n"),
	CASE("* VANISHED 1 2\r\n", "malformed\n"),
	CASE("* VANISHED 1:4294967296\r\n", "malformed\n"),

	/* --- What is of no use --- */
	CASE("* ID (\"name\" \"x\")\r\n* QUOTA \"\" (STORAGE 10 512)\r\n* NOOP\r\n",
	     "other\nother\nother\n"),
	CASE("* METADATA INBOX (/a {12}\r\n* 1 EXISTS\r\n)\r\n* 2 EXISTS\r\n", "other\nexists 2\n"),
	CASE("* X ~{12}\r\n* 1 EXISTS\r\n {13+}\r\n* 1 EXPUNGE\r\n\r\n* 2 EXISTS\r\n",
	     "other\nexists 2\n"),
	CASE("* 5 X {3}\r\nabc\r\n* 2 EXISTS\r\n", "other\nexists 2\n"),
	CASE("\r\n\n* 2 EXISTS\r\n", "exists 2\n"),

	/* --- FETCH (RFC 9051 section 7.5.2) --- */
	CASE("* 1 FETCH (UID 7 FLAGS (\\Seen))\r\n", "fetch 1 uid=7 flags=\\Seen\n"),
	CASE("* 1 fetch (flags () uid 7)\r\n", "fetch 1 uid=7 flags=\n"),
	CASE("* 1 FETCH ()\r\n", "fetch 1 uid=0\n"),
	CASE("* 23 FETCH (FLAGS (\\Seen) RFC822.SIZE 44827)\r\n",
	     "fetch 23 uid=0 flags=\\Seen size=44827\n"),
	CASE("* 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" UID 5)\r\n",
	     "fetch 1 uid=5 date=837596665\n"),
	CASE("* 1 FETCH (MODSEQ (624140003) UID 5 MODSEQ (624140004))\r\n",
	     "fetch 1 uid=5 modseq=624140004\n"),
	/* What the server calls the content; what is no name is none. */
	CASE("* 1 FETCH (EMAILID (M6d99ac3275bb4e) UID 5)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 EMAILID ( M1 ) X-GM-MSGID 1278455344230334865)\r\n",
	     "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 EMAILID NIL X-GM-MSGID NIL)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {7}\r\na\r\n\r\nb\n)\r\n", "fetch 1 uid=5 body=<a||b|>\n"),
	CASE("* 1 FETCH (BODY[] {3}\r\nabc UID 5)\r\n", "fetch 1 uid=5 body=<abc>\n"),
	CASE("* 1 FETCH (BODY[]<0> {3}\r\nabc UID 5)\r\n", "fetch 1 uid=5 body=<abc>\n"),
	CASE("* 1 FETCH (RFC822 {3}\r\nabc UID 5)\r\n", "fetch 1 uid=5 body=<abc>\n"),
	CASE("* 1 FETCH (BINARY[] ~{3}\r\na\0c UID 5)\r\n", "fetch 1 uid=5 body=<a@c>\n"),
	CASE("* 1 FETCH (UID 5 BODY[] \"abc\")\r\n", "fetch 1 uid=5 body=<abc>\n"),
	CASE("* 1 FETCH (UID 5 BODY[] \"a\\\"c\")\r\n", "fetch 1 uid=5 body=<a\"c>\n"),
	CASE("* 1 FETCH (UID 5 BODY[] \"\")\r\n", "fetch 1 uid=5 body=<>\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n", "fetch 1 uid=5 body=<>\n"),
	CASE("* 1 FETCH (UID 5 BODY[] NIL)\r\n", "fetch 1 uid=5 body=NIL\n"),
	CASE("* 1 FETCH (UID 5 BODY.PEEK[] {1}\r\na)\r\n", "fetch 1 uid=5 body=<a>\n"),
	/* Parts of messages are not messages. */
	CASE("* 1 FETCH (UID 5 BODY[]<5> {3}\r\nabc)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY[1] {3}\r\nabc BODY[TEXT] {1}\r\n) BINARY[1] ~{1}\r\n))\r\n",
	     "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 RFC822.HEADER {3}\r\nabc RFC822.TEXT {1}\r\n))\r\n",
	     "fetch 1 uid=5\n"),
	/* A whole header comes by the way of bodies, and is told from them. */
	CASE("* 1 FETCH (UID 5 BODY[HEADER] \"a\")\r\n", "fetch 1 uid=5 body=<a> (header)\n"),
	CASE("* 1 FETCH (UID 5 body.peek[header] {3}\r\na\r\n)\r\n",
	     "fetch 1 uid=5 body=<a|> (header)\n"),
	CASE("* 1 FETCH (UID 5 BODY[1.HEADER] \"a\" BODY[HEADER]<3> \"a\")\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY (\"TEXT\" \"PLAIN\") BINARY.SIZE[1] 7)\r\n", "fetch 1 uid=5\n"),
	/* Header fields, however the server spells the request. */
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (DATE FROM)] {11}\r\nDate: x\r\n\r\n)\r\n",
	     "fetch 1 uid=5 header=<Date: x||>\n"),
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (\"Date\" \"F]r(om\")] \"x\")\r\n",
	     "fetch 1 uid=5 header=<x>\n"),
	CASE("* 1 FETCH (UID 5 body[header.fields ({4}\r\nDate From)] {1}\r\nx)\r\n",
	     "fetch 1 uid=5 header=<x>\n"),
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS DATE]<0> {1}\r\nx)\r\n",
	     "fetch 1 uid=5 header=<x>\n"),
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (DATE)] \"\")\r\n", "fetch 1 uid=5 header=<>\n"),
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (DATE)] NIL)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS.NOT (DATE)] {1}\r\nx)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY[1.HEADER.FIELDS (DATE)] {1}\r\nx)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (DATE)]<7> {1}\r\nx)\r\n", "fetch 1 uid=5\n"),
	/* What was not asked for. */
	CASE("* 1 FETCH (ENVELOPE (\"a\\\")\" {2}\r\n)( ((NIL NIL \"x\" \"y\")) NIL) UID 5)\r\n",
	     "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox \"a b\" caf\xc3\xa9) "
	     "EMAILID (M6d99ac3275bb4e) THREADID NIL PREVIEW {1}\r\n) SAVEDATE NIL UID 5)\r\n",
	     "fetch 1 uid=5\n"),

	/* --- FETCH that makes no sense --- */
	CASE("* 1 FETCH (UID 5 UID 6)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 UID 5)\r\n", "fetch 1 uid=5\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {1}\r\na BODY[] {1}\r\nb)\r\n* 1 EXISTS\r\n",
	     "malformed\nexists 1\n"),
	CASE("* 1 FETCH (UID 5 BODY[] NIL RFC822 {1}\r\nb)\r\n* 1 EXISTS\r\n",
	     "malformed\nexists 1\n"),
	CASE("* 1 FETCH (BODY[HEADER.FIELDS (A)] {1}\r\nb BODY[HEADER.FIELDS (B)] {1}\r\nb)\r\n",
	     "malformed\n"),
	CASE("* 1 FETCH (UID 4294967296)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID -5)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID NIL)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5FLAGS ())\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5)x\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5))\r\n", "malformed\n"),
	CASE("* 1 FETCH UID 5\r\n", "malformed\n"),
	CASE("* 1 FETCH\r\n", "malformed\n"),
	CASE("* FETCH (UID 5)\r\n", "malformed\n"),
	CASE("* 1 FETCH ((UID 5))\r\n", "malformed\n"),
	CASE("* 1 FETCH (\"UID\" 5)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] abc)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] (abc))\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {x}\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {}\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {+}\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {1\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[] {1} x)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 BODY[]<x> NIL)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 ENVELOPE (a))))\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 MODSEQ 7)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 RFC822.SIZE x)\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 EMAILID (M1 M2))\r\n", "malformed\n"),
	CASE("* 1 FETCH (UID 5 EMAILID ())\r\n", "malformed\n"),
	/* The literals of what is skipped are no lines, whatever the parser stumbled over. */
	CASE("* 1 FETCH (UID x BODY[] {12}\r\n* 1 EXISTS\r\n)\r\n* 2 EXISTS\r\n",
	     "malformed\nexists 2\n"),
	CASE("* 1 FETCH (ENVELOPE (\"a \"b\" c\" {12}\r\n* 1 EXISTS\r\n))\r\n* 2 EXISTS\r\n",
	     "fetch 1 uid=0\nexists 2\n"),
	CASE("* 1 FETCH (ENVELOPE (\"a {12}\r\n* 1 EXISTS\r\n))\r\n* 2 EXISTS\r\n",
	     "malformed\nexists 2\n"),
	CASE("* 1 FETCH (FLAGS (a{12}\r\n* 1 EXISTS\r\n))\r\n* 2 EXISTS\r\n",
	     "malformed\nexists 2\n"),
	CASE("A1 {12}\r\n* 1 EXISTS\r\n\r\n* 2 EXISTS\r\n", "malformed\nexists 2\n"),

	/* --- Quirks: framing --- */
	CASE("* 11487 FETCH (UID 19436 )\r\n", "fetch 11487 uid=19436\n"), /* A01 */
	CASE("* 1 FETCH (UID 8 INTERNALDATE \"06-May-2023 18:48:30 +0200\" RFC822.SIZE 5799845 )\r\n",
	     "fetch 1 uid=8 date=1683391710 size=5799845\n"),                  /* A01 */
	CASE("* STATUS INBOX (MESSAGES 0) \r\n", "status INBOX messages=0\n"), /* A02 */
	CASE("* SEARCH 1 2 3 \r\n", "search 1:3\n"),                           /* A02 */
	CASE("* CAPABILITY IMAP4rev1 \r\n", "capability IMAP4REV1\n"),         /* A02 */
	CASE("* 9 FETCH (UID 17 BODY[] {28}\r\nTHIS PART IS THE MIME BODY\r\n\r\n)\r\n",
	     "fetch 9 uid=17 body=<THIS PART IS THE MIME BODY|>\n"),                     /* A03 */
	CASE("* 9 FETCH (BODY[] {1}\r\na\r\n UID 17)\r\n", "fetch 9 uid=17 body=<a>\n"), /* A03 */
	CASE("* 9 FETCH (UID 17 BODY[] {1}\r\na)\r\n\r\n* 1 EXISTS\r\n",
	     "fetch 9 uid=17 body=<a>\nexists 1\n"), /* A03 */
	CASE("* LIST () \"/\" {1}\r\na\r\n* LIST () \"/\" b\r\n",
	     "list 0 '/' a\nlist 0 '/' b\n"), /* A03, the counter-case */
	/* A response that is cut off at its literal does not swallow the next. */
	CASE("* 9 FETCH (UID 17 BODY[] {1}\r\na\r\nA1 OK done\r\n",
	     "malformed\ntagged A1 OK () done\n"),
	CASE("* 9 FETCH (UID 17 BODY[] {1}\r\na\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n"),
	CASE("* OK [HIGHESTMODSEQ 712345]\r\n", "condition OK (HIGHESTMODSEQ 712345)\n"), /* A04 */
	CASE("* 1 FETCH (UID 7 BODY[] {2}\r\nhi)\r\nFLAGS (\\Seen) RFC822.SIZE 2\r\nA1 OK x\r\n",
	     "fetch 1 uid=7 body=<hi>\nmalformed\ntagged A1 OK () x\n"), /* A05 */
	CASE("* 1 FETCH (UID 7 BODY[] {9}\r\nA1 NO no\n FLAGS ())\r\n",
	     "fetch 1 uid=7 flags= body=<A1 NO no|>\n"),                                 /* A06 */
	CASE(" NO LOGOUT Intrusion prevention active for 192.0.2.1\r\n", "malformed\n"), /* A07 */
	CASE("[COPYUID 55 31 6]\r\nA1 OK x\r\n", "other\ntagged A1 OK () x\n"),          /* A08 */
	CASE("* 5 FETCH (UID 5 BODY[2] )\r\n", "fetch 5 uid=5\n"),                       /* A11 */
	CASE("* 5 FETCH (UID 5 BODY[] )\r\n", "malformed\n"),                            /* A11 */

	/* --- Quirks: flags --- */
	CASE("* FLAGS (\\Answered \\Draft $NotPhishing OIB-Seen-[Gmail]/All Mail Junk)\r\n",
	     "flags \\Answered,\\Draft,$NotPhishing,OIB-Seen-[Gmail]/All,Mail,Junk\n"), /* B01 */
	CASE("* OK [PERMANENTFLAGS (\\Answered \\Flagged foo]bar \\*)] Flags permitted.\r\n",
	     "condition OK (PERMANENTFLAGS 0   \\Answered,\\Flagged,\\*,foo]bar) "
	     "Flags permitted.\n"), /* B01 */
	CASE("* OK [PERMANENTFLAGS (\\Flagged abc [foo]/bar def \\*)] Flags permitted.\r\n",
	     "condition OK (PERMANENTFLAGS 0   \\Flagged,\\*,abc,[foo]/bar,def) "
	     "Flags permitted.\n"), /* B01 */
	CASE("* 1 FETCH (FLAGS (a] [b \\Seen) UID 7)\r\n",
	     "fetch 1 uid=7 flags=\\Seen,a],[b\n"), /* B01 */
	CASE("* FLAGS (\"\\\\Deleted\" \\Answered \"Junk\")\r\n",
	     "flags \\Answered,\\Deleted,Junk\n"),                                 /* B02 */
	CASE("* FLAGS (\\Answered NIL \\Seen)\r\n", "flags \\Seen,\\Answered\n"),  /* B03 */
	CASE("* FLAGS (\\Seen \x80\x80\x85\x04 Junk)\r\n", "flags \\Seen,Junk\n"), /* B04 */
	CASE("* FLAGS (Caf\xc3\xa9 Important! Perso/Travail a*b a%b a\\b \\Other)\r\n",
	     "flags Important!,Perso/Travail\n"),                                        /* B05 */
	CASE("* OK [Flags (\\Seen a]b)] x\r\n", "condition OK (OTHER) x\n"),             /* B06 */
	CASE("* OK [PERMANENTFLAGS ()] x\r\n", "condition OK (PERMANENTFLAGS 0) x\n"),   /* B07 */
	CASE("* 1 FETCH (FLAGS (\\Recent \\Seen))\r\n", "fetch 1 uid=0 flags=\\Seen\n"), /* B08 */

	/* --- Quirks: UIDs and modseqs --- */
	CASE("* OK [UIDVALIDITY 0] x\r\n", "condition OK (UIDVALIDITY 0) x\n"),           /* C01 */
	CASE("B6 OK [COPYUID 0 35 41] x\r\n", "tagged B6 OK (COPYUID 0 35 41) x\n"),      /* C01 */
	CASE("* 1 FETCH (UID 0)\r\n", "fetch 1 uid=0\n"),                                 /* C02 */
	CASE("* STATUS \"INBOX\" ()\r\n", "status INBOX\n"),                              /* C03 */
	CASE("* 1 FETCH (FLAGS (\\Seen ) UID 1)\r\n", "fetch 1 uid=1 flags=\\Seen\n"),    /* C04 */
	CASE("G13 OK [APPENDUID 7064 1] x\r\n", "tagged G13 OK (APPENDUID 7064  1) x\n"), /* C05 */
	CASE("* OK [COPYUID 1657263256 186:187 23,22]\r\n", "condition OK (OTHER)\n"),    /* C07 */
	CASE("* OK [COPYUID 1657263256 187,186 22:23]\r\n", "condition OK (OTHER)\n"),
	CASE("* OK [HIGHESTMODSEQ 0] Highest\r\n", "condition OK (HIGHESTMODSEQ 0) Highest\n"),
	CASE("* 1 FETCH (MODSEQ (-1) UID 1)\r\n", "fetch 1 uid=1\n"), /* C10 */
	CASE("* 1 FETCH (MODSEQ (0) FLAGS (\\Seen) UID 1)\r\n",
	     "fetch 1 uid=1 flags=\\Seen\n"),       /* C10 */
	CASE("* VANISHED 0:1\r\n", "vanished 1\n"), /* C12: after the expunge of UID 1 */

	/* --- Quirks: sizes, bodies, dates --- */
	CASE("* 1 FETCH (RFC822.SIZE 99 UID 1 BODY[] {1}\r\na)\r\n",
	     "fetch 1 uid=1 size=99 body=<a>\n"), /* D01 */
	CASE("* 1 FETCH (RFC822.SIZE -1 UID 1)\r\n", "fetch 1 uid=1\n"),
	CASE("* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" UID 1)\r\n",
	     "fetch 1 uid=1\n"), /* D05 */
	CASE("* 1 FETCH (INTERNALDATE NIL UID 1)\r\n", "fetch 1 uid=1\n"),
	CASE("* 1 FETCH (INTERNALDATE \"8-Mar-2023 12:16:47 +0800\" UID 1)\r\n",
	     "fetch 1 uid=1 date=1678249007\n"), /* D05 */
	CASE("* BYE [ALERT] Too many connections.\r\n",
	     "condition BYE (ALERT 0) Too many connections.\n"), /* D07 */

	/* --- Quirks: names --- */
	CASE("* LIST (\\HasNoChildren) \".\" \"INBOX.Entw\xc3\xbcrfe\"\r\n",
	     "list 0 '.' INBOX.Entwürfe\n"),                                             /* E01 */
	CASE("* LIST () \".\" INBOX.Entw\xfcrfe\r\n", "list 0 '.' INBOX.Entw\xfcrfe\n"), /* E01 */
	CASE("* LIST (\\NoInferiors) NIL INBOX\r\n", "list 2 NIL INBOX\n"),              /* E03 */
	CASE("* LIST (\\HasNoChildren) \".\" [FolderName]\r\n", "list 0 '.' [FolderName]\n"),
	CASE("* LIST (\\NoInferiors) \"/\" Root/Folder/Subfolder()\r\n",
	     "list 2 '/' Root/Folder/Subfolder()\n"), /* E03 */
	CASE("* LIST () \"/\" \"a \"\r\n", "list 0 '/' a \n"),
	CASE("* LIST () \"/\" \"..\"\r\n", "list 0 '/' ..\n"),
};

const size_t response_case_count = sizeof response_cases / sizeof *response_cases;
