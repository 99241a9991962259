/* The configuration: an INI file becomes accounts. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_CONFIG_H
#define NAVETTE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "config/as.h"
#include "config/pattern.h"

enum config_tls {
	CONFIG_TLS_IMPLICIT, /* from the first byte; port 993 */
	CONFIG_TLS_STARTTLS, /* upgraded before login; port 143 */
	CONFIG_TLS_NONE      /* never; only because the file says so; port 143 */
};

enum config_auth {
	CONFIG_AUTH_AUTO,  /* the best that both sides offer */
	CONFIG_AUTH_PLAIN, /* AUTHENTICATE PLAIN */
	CONFIG_AUTH_LOGIN, /* the LOGIN command */
	/* SCRAM, which never shows the password; "plus": bound to the TLS connection */
	CONFIG_AUTH_SCRAM_SHA_1,
	CONFIG_AUTH_SCRAM_SHA_1_PLUS,
	CONFIG_AUTH_SCRAM_SHA_256,
	CONFIG_AUTH_SCRAM_SHA_256_PLUS,
	/* Older ones */
	CONFIG_AUTH_CRAM_MD5,
	CONFIG_AUTH_DIGEST_MD5,
	/* By a ticket of Kerberos, by the certificate of TLS */
	CONFIG_AUTH_GSSAPI,
	CONFIG_AUTH_EXTERNAL,
	/* By an access token of OAuth 2.0: the best that the server offers, or the one named */
	CONFIG_AUTH_OAUTH2,
	CONFIG_AUTH_XOAUTH2,
	CONFIG_AUTH_OAUTHBEARER
};

/* Whether such a login takes a token and no password. */
bool config_auth_takes_token(enum config_auth auth);
/* Whether it takes no secret of ours at all. */
bool config_auth_takes_no_secret(enum config_auth auth);

/* What one content is that has several places. */
enum config_duplicates {
	CONFIG_DUPLICATES_LINK, /* one file with several links, where the file system can */
	CONFIG_DUPLICATES_COPY  /* a file for each */
};

enum config_compress {
	CONFIG_COMPRESS_AUTO, /* where the link is slow and there is much to carry */
	CONFIG_COMPRESS_YES,  /* where there is anything to carry */
	CONFIG_COMPRESS_NO
};

/* Sides, as bits; for keys whose values are near | far | both | none. */
enum config_sides {
	CONFIG_SIDES_NONE = 0,
	CONFIG_SIDE_NEAR = 1,
	CONFIG_SIDE_FAR = 2,
	CONFIG_SIDES_BOTH = 3
};

/* Kinds of changes, as bits. */
enum config_kinds {
	CONFIG_KINDS_NONE = 0,
	CONFIG_KIND_NEW = 1,       /* new messages */
	CONFIG_KIND_FLAGS = 2,     /* changes of flags */
	CONFIG_KIND_DELETIONS = 4, /* removed messages */
	CONFIG_KINDS_ALL = 7
};

/* Since which number, and which share, of removals in a folder a run refuses to go on. A run is
 * refused when it would remove more than COUNT messages and more than PERCENT of the folder on one
 * side. */
struct config_max_delete {
	uint32_t count;   /* 100 */
	uint32_t percent; /* 30 */
};

struct config_keep {
	bool unseen, flagged;
};

/* Which of a folder's far messages the near side has too. Zeroed: all. */
struct config_window {
	uint32_t max_age_days;   /* those that arrived within so many days; 0: any */
	uint32_t max_messages;   /* the newest, so many; 0: any number */
	uint64_t max_size;       /* those of so many bytes or fewer; 0: any */
	struct config_keep keep; /* these stay beyond age, number and size */
};

enum config_layout {
	CONFIG_LAYOUT_NESTED,   /* Lists/foo */
	CONFIG_LAYOUT_PLUSPLUS, /* .Lists.foo, and INBOX is the root */
	CONFIG_LAYOUT_FLAT,     /* Lists.foo */
	CONFIG_LAYOUT_LEGACY    /* Lists/.foo */
};

enum config_direction {
	CONFIG_DIRECTION_UNSAID,
	CONFIG_DIRECTION_BOTH,
	CONFIG_DIRECTION_PULL,
	CONFIG_DIRECTION_PUSH
};

/* What one section says itself about what goes which way, before it is put together. Numbers are 0
 * where it says nothing, else the bits of the value and CONFIG_KINDS_SAID. */
#define CONFIG_KINDS_SAID 8u
#define CONFIG_KINDS_CLOSED 16u /* "all" or "none": nothing else can be said */
struct config_said {
	enum config_direction direction;
	unsigned int pull, push, expunge;
	char *trash;
};

enum config_body {
	CONFIG_BODY_FULL,   /* whole messages */
	CONFIG_BODY_HEADERS /* their headers, as stubs */
};

/* In which order the messages of a folder come. */
enum config_order { CONFIG_ORDER_NEWEST, CONFIG_ORDER_OLDEST };

enum config_keywords {
	CONFIG_KEYWORDS_BOTH,   /* IMAP keywords are letters in file names, both ways */
	CONFIG_KEYWORDS_PULL,   /* those of the server are shown here, and never changed there */
	CONFIG_KEYWORDS_NONE,   /* each side has its own */
	CONFIG_KEYWORDS_NOTMUCH /* they are tags of notmuch, both ways; file names have none */
};
#define CONFIG_KEYWORD_LIMIT_MAX 26

/* How folders are synchronised: what an account and a channel may both say. A channel has its
 * account's where it says nothing itself. */
struct config_rules {
	enum config_sides create; /* on which side new folders are created; both */
	enum config_sides remove; /* on which side removed folders are removed; none */
	struct config_max_delete max_delete;
	enum config_layout layout; /* nested */
	char separator;            /* before the flags in file names: ':', ';' or '!'; ':' */
	enum config_kinds pull;    /* which changes on the server come here; all */
	enum config_kinds push;    /* which changes made here go to the server; all */
	/* On which side a removal that came from the other one is final; elsewhere the message is
	 * only marked \Deleted; both */
	enum config_sides expunge;
	/* The folder, or \Trash, to which messages that were removed here go on the server; NULL:
	 * they are expunged. */
	char *trash;
	struct config_said said;
	struct config_window window;
	enum config_body body;         /* how much of a new message is downloaded; full */
	enum config_order order;       /* which of them first; newest */
	enum config_keywords keywords; /* both */
	unsigned int keyword_limit;    /* so many keywords get letters; 26 */
};

/* Which tags of notmuch are which keywords. */
struct config_tags {
	struct text_list map;    /* KEYWORD:TAG, each keyword and each tag once; $Junk:spam */
	struct text_list ignore; /* tags that stay here; inbox, new, deleted */
	char *prefix;            /* of the tags of all other keywords; NULL: none */
};

/* One [channel ACCOUNT/NAME] section: which folders it takes, and what is done with them. */
struct config_channel {
	char *name; /* ACCOUNT/NAME; of an account's only one that stands in no file: ACCOUNT */
	unsigned int line;           /* where its section starts; or its account's */
	bool implicit;               /* stands in no file: its account has no channels */
	struct pattern_list folders; /* never empty */
	struct config_as as;         /* what its folders are called here */
	char *maildir;               /* the root of its folders */
	struct config_rules rules;
};

/* Where an account's secret comes from. */
enum config_secret {
	CONFIG_SECRET_NONE, /* nowhere: behind a tunnel, or none is needed */
	CONFIG_SECRET_PASSWORD,
	CONFIG_SECRET_PASSWORD_COMMAND,
	CONFIG_SECRET_PASSWORD_CREDENTIAL,
	CONFIG_SECRET_PASSWORD_KEYRING,
	CONFIG_SECRET_PASSWORD_NETRC,
	CONFIG_SECRET_PASSWORD_ASK,
	CONFIG_SECRET_TOKEN_COMMAND,
	CONFIG_SECRET_OAUTH
};

enum config_oauth_provider {
	CONFIG_OAUTH_NONE, /* tokens, if any, come from a command */
	CONFIG_OAUTH_GOOGLE,
	CONFIG_OAUTH_MICROSOFT,
	CONFIG_OAUTH_YAHOO,
	CONFIG_OAUTH_CUSTOM
};

enum config_token_store {
	CONFIG_TOKEN_STORE_FILE,   /* beside the state */
	CONFIG_TOKEN_STORE_KEYRING /* of the desktop */
};

/* Where the tokens of `navette login` come from. Texts are NULL where not set. */
struct config_oauth {
	enum config_oauth_provider provider;
	char *user;      /* whose tokens they are; NULL: the account's user */
	char *client_id; /* required with a provider */
	char *client_secret_command;
	char *scope;  /* NULL: the provider's for IMAP */
	char *tenant; /* of Microsoft; NULL: common */
	char *issuer; /* tells the other addresses (RFC 8414) */
	char *authorize_url, *token_url, *device_url;
	char *redirect_url; /* where the browser is sent in the end; NULL: to this computer */
	enum config_token_store store;
};

/* Whether an address is one of this computer, by HTTP without TLS. */
bool config_address_is_loopback(const char *address);

/* How the account is watched. */
struct config_watch {
	/* Where the server tells of one folder a connection only: which have one, besides INBOX. */
	struct pattern_list folders;
	unsigned int poll;       /* seconds between two looks for what nobody tells; 300 */
	unsigned int keep_alive; /* seconds after which a connection needs a sign of life; 720 */
};
/* The lower it is, the more is a folder to be watched: 0 for INBOX, then the number of the pattern
 * that takes it. */
#define CONFIG_WATCH_NOT SIZE_MAX
size_t config_watch_rank(const struct config_watch *watch, const struct folder_facts *folder);

/* Shell commands around a run: before it, after it, and after one that brought something. NULL
 * where not set. */
struct config_hooks {
	char *pre_sync, *post_sync, *post_new;
	unsigned int timeout;  /* seconds that each of them may take; 600 */
	unsigned int interval; /* in `watch`, at least so many seconds between them; 5 */
};

/* What an account may use of the line: bytes a second each way, of all its connections together; 0:
 * no bound. */
struct config_limits {
	uint64_t rate_in, rate_out;
};

/* One [account NAME] section. Texts are owned by the config; NULL where not set and no default
 * stands below. */
struct config_account {
	char *name;
	unsigned int line; /* where its section starts */
	char *host;        /* required unless tunnel is set */
	uint16_t port;     /* 993, or 143 for starttls and none */
	enum config_tls tls;
	char *tls_ca; /* a PEM file of trusted roots instead of the system's */
	/* SHA-256 of certificates, and of public keys, of which the server must have one: 64 hex
	 * digits each, lower case, with a space between two. */
	char *tls_fingerprint, *tls_key_fingerprint;
	bool tls_1_3;          /* nothing older */
	char *tls_name;        /* what the certificate must name; NULL: host */
	char *tls_cert;        /* a file or a pkcs11: URI with a certificate of the user's */
	char *tls_key;         /* its key; NULL: it is in tls_cert */
	char *tls_key_command; /* prints the passphrase of the key; NULL: it has none */
	char *proxy;           /* a URL; may hold a secret */
	char *tunnel;          /* a shell command whose stdin and stdout are the connection */
	char *user;            /* required unless tunnel is set (a tunnel may be PREAUTH), or: */
	char *user_command;    /* what prints the user */
	char *password;        /* a secret; wiped by config_destroy */
	bool password_ask;     /* on the terminal */
	char *password_command;
	char *password_credential;         /* the name of one that systemd gives */
	struct text_list password_keyring; /* attributes: names and values in turn */
	char *password_netrc;              /* the file's path */
	/* Where config_auth_takes_token(auth) either this is set or there is an oauth.provider;
	 * elsewhere neither. */
	char *token_command;
	struct config_oauth oauth;
	enum config_auth auth;
	char *maildir;            /* required; expanded, absolute, no trailing slash */
	unsigned int timeout;     /* seconds without progress; 60 */
	unsigned int connections; /* 4 */
	enum config_compress compress;
	enum config_duplicates duplicates;
	struct config_hooks hooks; /* around its runs */
	struct config_watch watch;
	struct config_limits limits;
	struct config_tags tags;
	struct config_rules rules; /* what its channels' begin with */
	/* In the order of the file: the first that takes a folder has it. At least one: an account
	 * without any section has one that takes all folders. */
	struct config_channel *channels;
	size_t channel_count, channel_capacity;
	struct text_list disable_extensions; /* capability names, upper case */
};

/* The one source of its secret. */
enum config_secret config_account_secret(const struct config_account *account);
/* The key that says so, such as "password-command"; NULL: CONFIG_SECRET_NONE. */
const char *config_secret_key(enum config_secret secret);

/* The [global] section: what is about a run over all that was asked for. */
struct config_global {
	struct config_hooks hooks;
	uint32_t jobs; /* accounts at a time; 8 */
};

struct config {
	char *path;
	struct config_global global;
	struct config_account *accounts;
	size_t account_count;
};

/* The default file: "$XDG_CONFIG_HOME/navette/config". The caller owns it. */
char *config_default_path(void);

/* Reads and checks the whole file. Every problem is an error of kind ERROR_CONFIG with "FILE:LINE:
 * what; the nearest valid word; what to do". Refused too: a file that holds a secret and that group
 * or others can read; two accounts of one name; two accounts whose Maildirs are the same or lie
 * within each other; relative maildir. Returns 0 and *config_r, or -1. */
int config_load(const char *path, struct config **config_r, struct error *error);
void config_destroy(struct config **config);

/* The account of that name, or NULL. */
const struct config_account *config_find_account(const struct config *config, const char *name);

#endif
