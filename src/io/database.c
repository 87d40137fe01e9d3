/* SQLite behind the interface of database.h.
 *
 * A connection passes through the same steps in each mode: look at the file (stat alone: to open
 * and close it would drop the locks of this process), open, guard, first read, settings. Journal:
 * WAL with synchronous NORMAL or FULL. Locks: SQLite's busy handler is replaced by one that waits
 * for random times, as in Ethernet's back-off, so that many workers do not keep meeting each other.
 *
 * Reading without write access: SQLite reads a WAL database through a shared index (-shm), which it
 * must be able to make. Where it cannot, and no changes wait in a -wal file, the file is opened as
 * immutable; what that promises is then checked at each step. */
#include "connection.h"
#include "saddle/memory.h"
#include "stream.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- failures ---------------------------------------------------------------------------------*/

int io_db_refuse(sd_db *db, int status, const char *what) {
  return io_why(db->why, status, "%s", what);
}

/* The errno of the last call that failed for the file, or 0. */
static int file_errno(sqlite3_file *f) {
  int code = 0;
  if (f != NULL && f->pMethods != NULL)
    f->pMethods->xFileControl(f, SQLITE_FCNTL_LAST_ERRNO, &code);
  return code;
}

/* sqlite3_system_errno is that of whatever came last; the files know better. */
static int system_failure(sd_db *db, const char *what) {
  sqlite3_file *file = NULL, *wal = NULL;
  sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file);
  sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&wal);
  int code = file_errno(wal);
  if (code == 0) code = file_errno(file);
  if (code == 0) code = sqlite3_system_errno(db->handle);
  if (code == ENOSPC || code == EDQUOT) return io_db_refuse(db, SD_EIO, "disk is full");
  return io_why(db->why, SD_EIO, "%s%s%s", what, code ? ": " : "", code ? strerror(code) : "");
}

/* SQLite's own sentence, unless it is the general one, which says nothing. */
static int corrupt(sd_db *db, int rc) {
  const char *message = sqlite3_errmsg(db->handle);
  if (strcmp(message, sqlite3_errstr(SQLITE_CORRUPT)) == 0)
    message = rc == SQLITE_CORRUPT_INDEX ? "an index does not fit its table"
                                         : "a page of the file does not hold what it must";
  return io_why(db->why, SD_EFORMAT, "is malformed: %s", message);
}

int io_db_failed(sd_db *db, int rc) {
  if (rc == SQLITE_IOERR_NOMEM) rc = SQLITE_NOMEM;
  switch (rc & 0xff) {
  case SQLITE_NOMEM: return io_status(db->why, SD_ENOMEM);
  case SQLITE_INTERRUPT: return io_status(db->why, SD_EINTR);
  case SQLITE_BUSY:
  case SQLITE_PROTOCOL:
    if (sd_interrupted()) return io_status(db->why, SD_EINTR);
    return io_why(db->why, SD_EIO, "is locked by another process, for more than %g s", db->wait);
  case SQLITE_AUTH:
    return io_why(db->why, SD_EARG, "is open for reading, where SQL may but select: %s",
                  db->denied ? db->denied : "not authorised");
  case SQLITE_READONLY:
    return io_db_refuse(
        db, SD_EIO, rc == SQLITE_READONLY_DBMOVED ? "has been moved or deleted" : "is read-only");
  case SQLITE_NOTADB: return io_db_refuse(db, SD_EFORMAT, "is no SQLite database");
  case SQLITE_CORRUPT: return corrupt(db, rc);
  case SQLITE_FULL: return io_db_refuse(db, SD_EIO, "disk is full");
  case SQLITE_IOERR: return system_failure(db, "input or output failed");
  case SQLITE_CANTOPEN: return system_failure(db, "cannot be opened");
  case SQLITE_TOOBIG:
    return io_why(db->why, SD_EARG, "a value is longer than %d bytes",
                  sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, -1));
  default: return io_db_refuse(db, SD_EARG, sqlite3_errmsg(db->handle));
  }
}

/* ---- waiting ----------------------------------------------------------------------------------*/

static int64_t nanoseconds(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double seconds(void) { return (double)nanoseconds(CLOCK_MONOTONIC) * 1e-9; }

/* The busy handler: waits for a while; 0 when db->wait seconds have passed since db->since. Delays
 * are uniform in a range that doubles from 1 ms to 64 ms (xorshift64). */
static int wait_turn(void *connection, int tries) {
  sd_db *db = connection;
  long range = 1000000L << (tries < 6 ? tries : 6);
  if (sd_interrupted() || seconds() - db->since >= db->wait) return 0;
  db->random ^= db->random << 13;
  db->random ^= db->random >> 7;
  db->random ^= db->random << 17;
  nanosleep(&(struct timespec){.tv_nsec = (long)(db->random % (uint64_t)range)}, NULL);
  return 1;
}

/* The progress handler: not 0 ends the statement. */
static int poll_interrupt(void *connection) {
  (void)connection;
  return sd_interrupted();
}

/* Runs one statement of the connection's own; word <- the text of its first value, unless NULL.
 * SQLite does not wait in all places, such as a change of the journal: here it is tried again. */
enum { WORD = 16 };
static int own(sd_db *db, const char *sql, char word[WORD]) {
  int rc, tries = 0;
  db->own = 1;
  db->since = seconds();
  do {
    sqlite3_stmt *s = NULL;
    rc = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(s);
    if (rc == SQLITE_ROW && word)
      snprintf(word, WORD, "%s", (const char *)sqlite3_column_text(s, 0));
    if (rc == SQLITE_ROW || rc == SQLITE_DONE) rc = SQLITE_OK;
    int end = sqlite3_finalize(s);
    if (rc == SQLITE_OK) rc = end;
  } while ((rc & 0xff) == SQLITE_BUSY && wait_turn(db, tries++));
  db->own = 0;
  return rc;
}

/* ---- the guard of reading ---------------------------------------------------------------------*/

/* What a pragma tells about tables and files, without changing anything. */
static int is_question(const char *pragma, const char *value) {
  static const char *const plain[] = {"user_version",
                                      "application_id",
                                      "schema_version",
                                      "data_version",
                                      "page_count",
                                      "page_size",
                                      "journal_mode",
                                      "encoding",
                                      "freelist_count",
                                      "database_list",
                                      NULL};
  static const char *const of_a_name[] = {
      "table_info",  "table_xinfo",       "index_list", "index_info",
      "index_xinfo", "foreign_key_list",  "table_list", "integrity_check",
      "quick_check", "foreign_key_check", NULL};
  const char *const *list = value ? of_a_name : plain;
  for (; *list; list++)
    if (sqlite3_stricmp(pragma, *list) == 0) return 1;
  return value == NULL && is_question(pragma, "");
}

/* The authorizer: asked while SQL is compiled, for every single thing that it would do. */
static int allow_reading(void *connection, int action, const char *a, const char *b,
                         const char *base, const char *trigger) {
  sd_db *db = connection;
  (void)base, (void)trigger;
  if (db->own) return SQLITE_OK;
  switch (action) {
  case SQLITE_SELECT:
  case SQLITE_READ:
  case SQLITE_RECURSIVE: return SQLITE_OK;
  case SQLITE_UPDATE: /* what declaring json_each and the like compiles, and does not run */
    db->denied = "no change";
    return sqlite3_stricmp(a, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
  case SQLITE_FUNCTION:
    db->denied = "not this function";
    return sqlite3_stricmp(b, "load_extension") == 0 || sqlite3_stricmp(b, "fts3_tokenizer") == 0
               ? SQLITE_DENY
               : SQLITE_OK;
  case SQLITE_PRAGMA:
    db->denied = "not this PRAGMA";
    return is_question(a, b) ? SQLITE_OK : SQLITE_DENY;
  case SQLITE_ATTACH:
  case SQLITE_DETACH: db->denied = "no ATTACH"; return SQLITE_DENY;
  case SQLITE_TRANSACTION:
  case SQLITE_SAVEPOINT: db->denied = "no transaction"; return SQLITE_DENY;
  default: db->denied = "no change"; return SQLITE_DENY;
  }
}

/* What no query of runs comes near, and hostile SQL would use. */
static void limit_reading(sd_db *db) {
  static const int limits[][2] = {
      {SQLITE_LIMIT_ATTACHED, 0},      {SQLITE_LIMIT_SQL_LENGTH, 1000000},
      {SQLITE_LIMIT_EXPR_DEPTH, 200},  {SQLITE_LIMIT_COMPOUND_SELECT, 100},
      {SQLITE_LIMIT_VDBE_OP, 1000000}, {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200},
      {SQLITE_LIMIT_WORKER_THREADS, 0}};
  for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
    sqlite3_limit(db->handle, limits[k][0], limits[k][1]);
  sqlite3_set_authorizer(db->handle, allow_reading, db);
}

/* ---- opening ----------------------------------------------------------------------------------*/

/* seal <- what changes when somebody writes to the file; 0 when there is no such file. */
static int look(const char *path, int64_t seal[4]) {
  struct stat st;
  if (stat(path, &st) != 0) return 0;
  seal[0] = (int64_t)st.st_ino;
  seal[1] = (int64_t)st.st_size;
  seal[2] = (int64_t)st.st_mtim.tv_sec;
  seal[3] = (int64_t)st.st_mtim.tv_nsec;
  return 1;
}

/* The file must be there, or the folder that it shall be made in. */
static int check_file(sd_db *db) {
  struct stat st;
  char folder[sizeof db->path];
  if (stat(db->path, &st) == 0) {
    if (S_ISDIR(st.st_mode)) return io_db_refuse(db, SD_EIO, "is a directory");
    if (!S_ISREG(st.st_mode)) return io_db_refuse(db, SD_EIO, "is not a regular file");
    if (st.st_size == 0 && db->mode != SD_DB_CREATE)
      return io_db_refuse(db, SD_EFORMAT, "is an empty file, no SQLite database");
    return SD_OK;
  }
  if (errno != ENOENT) return io_errno(db->why, "cannot be opened");
  if (db->mode != SD_DB_CREATE) return io_db_refuse(db, SD_EIO, "does not exist");
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(db->path, '/') - db->path), db->path);
  if (folder[0] != '\0' && stat(folder, &st) != 0)
    return io_db_refuse(db, SD_EIO, "cannot be made: its folder does not exist");
  return access(folder[0] ? folder : "/", W_OK) == 0 ? SD_OK : io_errno(db->why, "cannot be made");
}

/* db->path <- the path, with a folder in front: SQLite has its own meaning for "", ":memory:" and
 * what starts with "file:". */
static int set_path(sd_db *db, const char *path) {
  int n = snprintf(db->path, sizeof db->path, "%s%s", path[0] == '/' ? "" : "./", path);
  if (path[0] == '\0') return io_db_refuse(db, SD_EIO, "is an empty name");
  if (n < 0 || (size_t)n >= sizeof db->path)
    return io_db_refuse(db, SD_EIO, "the path is too long");
  return check_file(db);
}

/* What a connection may not be talked into, and whom it asks while it waits or runs. */
static void settle(sd_db *db) {
  const int on[] = {SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_FKEY};
  const int off[] = {SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML,
                     SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION};
  for (size_t k = 0; k < sizeof on / sizeof *on; k++) sqlite3_db_config(db->handle, on[k], 1, NULL);
  for (size_t k = 0; k < sizeof off / sizeof *off; k++)
    sqlite3_db_config(db->handle, off[k], 0, NULL);
  sqlite3_busy_handler(db->handle, wait_turn, db);
  sqlite3_progress_handler(db->handle, 1000, poll_interrupt, db);
}

/* Opens db->path and reads for the first time; `immutable`: by the URI that says so. */
static int connect(sd_db *db, int immutable) {
  static const int modes[] = {SQLITE_OPEN_READONLY, SQLITE_OPEN_READWRITE,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  char uri[3 * sizeof db->path + 32];
  size_t n = (size_t)snprintf(uri, sizeof uri, "%s", immutable ? "file:" : "");
  for (const char *c = db->path; *c; c++)
    if (immutable && strchr("%?#", *c))
      n += (size_t)snprintf(uri + n, 4, "%%%02X", (unsigned)*c);
    else
      uri[n++] = *c;
  snprintf(uri + n, sizeof uri - n, "%s", immutable ? "?immutable=1" : "");
  int flags = modes[db->mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int rc = sqlite3_open_v2(uri, &db->handle, flags | (immutable ? SQLITE_OPEN_URI : 0), NULL);
  if (db->handle == NULL) return SQLITE_NOMEM;
  settle(db);
  if (db->mode != SD_DB_READ && sqlite3_db_readonly(db->handle, "main") == 1)
    rc = SQLITE_READONLY; /* it could not be opened otherwise */
  if (rc == SQLITE_OK) rc = own(db, "PRAGMA cell_size_check = on", NULL);
  if (rc == SQLITE_OK) rc = own(db, "SELECT count(*) FROM sqlite_schema", NULL);
  return rc;
}

/* 1 when changes wait in a file beside it, which only somebody who writes can bring in. */
static int is_unfinished(const sd_db *db) {
  static const char *const endings[] = {"-wal", "-journal"};
  char beside[sizeof db->path + 16];
  int64_t seal[4];
  for (int k = 0; k < 2; k++) {
    snprintf(beside, sizeof beside, "%s%s", db->path, endings[k]);
    if (look(beside, seal) && seal[1] > 0) return 1;
  }
  return 0;
}

static int open_to_read(sd_db *db) {
  look(db->path, db->seal);
  int rc = connect(db, 0);
  int barred = (rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY;
  if (barred && is_unfinished(db))
    return io_db_refuse(
        db, SD_EIO,
        "cannot be read here: its latest changes are in a file beside it (-wal), and the "
        "folder is not writable: copy both to one that is");
  if (barred && access(db->path, R_OK) == 0) {
    sqlite3_close_v2(db->handle);
    rc = connect(db, 1);
    db->frozen = 1;
  }
  if (rc != SQLITE_OK) return io_db_failed(db, rc);
  limit_reading(db);
  return SD_OK;
}

static int open_to_write(sd_db *db, int full) {
  char journal[WORD] = "";
  int rc = connect(db, 0);
  if (rc == SQLITE_OK) rc = own(db, "PRAGMA journal_mode = wal", journal);
  if (rc == SQLITE_OK)
    rc = own(db, full ? "PRAGMA synchronous = full" : "PRAGMA synchronous = normal", NULL);
  if (rc != SQLITE_OK) return io_db_failed(db, rc);
  if (strcmp(journal, "wal") == 0) return SD_OK;
  return io_db_refuse(db, SD_EIO,
                      "its file system does not share memory between processes, which WAL needs "
                      "(is it a network's?)");
}

int sd_db_open(sd_db *db, const char *path, int mode, int full, double wait) {
  *db = (sd_db){.mode = mode, .wait = wait};
  db->random = ((uint64_t)nanoseconds(CLOCK_REALTIME) ^ ((uint64_t)getpid() << 32)) | 1;
  int status = set_path(db, path);
  if (status != SD_OK) return status;
  sqlite3_hard_heap_limit64((sqlite3_int64)sd_mem_ceiling());
  status = mode == SD_DB_READ ? open_to_read(db) : open_to_write(db, full);
  if (status != SD_OK) sd_db_close(db);
  return status;
}

void sd_db_close(sd_db *db) {
  sqlite3_stmt *s;
  while (db->handle && (s = sqlite3_next_stmt(db->handle, NULL)) != NULL) sqlite3_finalize(s);
  sqlite3_close_v2(db->handle);
  db->handle = NULL;
  db->inside = 0;
}

/* ---- transactions -----------------------------------------------------------------------------*/

int sd_db_begin(sd_db *db) {
  if (db->inside) return io_db_refuse(db, SD_EARG, "transactions do not nest");
  int rc = own(db, db->mode == SD_DB_READ ? "BEGIN" : "BEGIN IMMEDIATE", NULL);
  db->inside = rc == SQLITE_OK;
  return rc == SQLITE_OK ? SD_OK : io_db_failed(db, rc);
}

static int lost(const sd_db *db) { return db->inside && sqlite3_get_autocommit(db->handle); }

static int check_lost(sd_db *db) {
  return lost(db) ? io_db_refuse(db, SD_EARG, "the transaction was rolled back by an earlier error")
                  : SD_OK;
}

int sd_db_commit(sd_db *db) {
  int status = check_lost(db);
  if (status != SD_OK) return status;
  int rc = own(db, "COMMIT", NULL);
  if (rc != SQLITE_OK) return io_db_failed(db, rc);
  db->inside = 0;
  return SD_OK;
}

void sd_db_rollback(sd_db *db) {
  if (db->inside && !lost(db)) own(db, "ROLLBACK", NULL);
  db->inside = 0;
}

/* ---- SQL --------------------------------------------------------------------------------------*/

int io_db_prepare(sd_db *db, const char **sql, sqlite3_stmt **s) {
  const char *start = *sql, *end = NULL;
  int status = check_lost(db), tries = 0, rc;
  *s = NULL;
  if (status != SD_OK) return status;
  db->since = seconds();
  do rc = sqlite3_prepare_v2(db->handle, start, -1, s, &end); /* reads the schema: may be locked */
  while ((rc & 0xff) == SQLITE_BUSY && wait_turn(db, tries++));
  if (rc == SQLITE_ERROR)
    return io_why(db->why, SD_EARG, "%.120s, in: %.80s%s", sqlite3_errmsg(db->handle), start,
                  strlen(start) > 80 ? "..." : "");
  if (rc == SQLITE_TOOBIG)
    return io_why(db->why, SD_EARG, "the SQL is longer than %d bytes",
                  sqlite3_limit(db->handle, SQLITE_LIMIT_SQL_LENGTH, -1));
  if (rc == SQLITE_OK) *sql = end;
  return rc == SQLITE_OK ? SD_OK : io_db_failed(db, rc);
}

/* What has been read without locks: is the file what it was? */
static int check_seal(sd_db *db) {
  int64_t now[4];
  if (!db->frozen || (look(db->path, now) && memcmp(now, db->seal, sizeof now) == 0)) return SD_OK;
  return io_db_refuse(db, SD_EIO,
                      "was written to by another process while it was read without locks: open it "
                      "again");
}

int io_db_step(sd_db *db, sqlite3_stmt *s) {
  int status = check_lost(db);
  if (status != SD_OK) return status;
  db->since = seconds();
  int rc = sqlite3_step(s);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return io_db_failed(db, rc);
  status = check_seal(db);
  return status == SD_OK && rc == SQLITE_DONE ? 1 : status;
}

int sd_db_exec(sd_db *db, const char *sql) {
  while (*sql) {
    sqlite3_stmt *s;
    int status = io_db_prepare(db, &sql, &s);
    while (status == SD_OK && s != NULL) status = io_db_step(db, s);
    sqlite3_finalize(s);
    if (status < 0) return status;
  }
  return SD_OK;
}
