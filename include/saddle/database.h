/* Databases in one file: SQLite (3.37 or later) behind statuses and sentences.
 *
 * Several processes may read and write one file at once: it is kept in WAL mode, in which readers
 * wait for nobody and writers take turns. Who must wait tries again after random delays, up to
 * `wait` seconds. A commit survives the end of the process, however that comes; with `full` it
 * survives loss of power too, for one fsync a commit.
 *
 * Values: integers of 64 bits, doubles, text and blobs of any bytes, NULL. They come back bit for
 * bit from columns that are declared without a type, or ANY in a STRICT table. A column declared
 * REAL loses the sign of -0.0, one declared INTEGER or NUMERIC turns 3.0 into 3; a NaN would become
 * NULL anywhere, and is refused.
 *
 * A connection opened to be read runs SQL that a stranger has written: it cannot write, attach
 * files, load extensions or change settings. Foreign keys are enforced; text in double quotes is a
 * name, never a string.
 *
 * Every function that can fail returns a status, and leaves in db->why a sentence that lacks its
 * subject, the file: "is read-only". SD_EARG: the SQL is wrong or breaks a constraint; SD_EIO: the
 * system refused, or another process kept its lock; SD_EFORMAT: the file is no database, or a
 * damaged one; SD_ENOMEM; SD_EINTR: statements and waits poll sd_interrupted().
 *
 * SQLite's own memory, of all connections, stays below the ceiling of memory.h as it is when a file
 * is opened. One thread at a time. While a file is open here, this process must neither open nor
 * copy it by other means: closing any descriptor of the file drops the locks of all (POSIX).
 *
 * Formats and guarantees: sqlite.org/fileformat2.html, wal.html, security.html. */
#ifndef SADDLE_DATABASE_H
#define SADDLE_DATABASE_H

#include "saddle/status.h"
#include <stddef.h>
#include <stdint.h>

enum { SD_DB_READ, SD_DB_WRITE, SD_DB_CREATE };

typedef struct sd_db {
  struct sqlite3 *handle; /* NULL: closed */
  int mode;
  double wait;      /* seconds for a lock of another connection */
  int inside;       /* between sd_db_begin and its commit or rollback */
  char why[SD_WHY]; /* of the last failure */
  /* for database.c alone */
  int own;            /* the SQL that is prepared is its own, not the caller's */
  const char *denied; /* what the guard of reading last refused */
  double since;       /* when the wait for a lock began */
  uint64_t random;
  int frozen; /* read without locks: the file must stay as it was */
  int64_t seal[4];
  char path[4096];
} sd_db;

typedef struct sd_query { /* a prepared statement */
  sd_db *db;
  struct sqlite3_stmt *handle; /* NULL: closed */
} sd_query;

/* A value of a parameter or a column. */
enum { SD_CELL_NULL, SD_CELL_INTEGER, SD_CELL_REAL, SD_CELL_TEXT, SD_CELL_BLOB };
typedef struct sd_cell {
  int kind;
  int64_t integer;
  double real;
  const void *bytes; /* of a text (UTF-8 by custom, any bytes in fact) or blob */
  size_t size;
} sd_cell;

/* ---- connections ------------------------------------------------------------------------------*/

/* Opens path, which is a name and no URI. SD_DB_READ and SD_DB_WRITE want a database that exists;
 * SD_DB_CREATE makes one where there is none or an empty file. On a medium, or in a folder, that
 * cannot be written to, SD_DB_READ reads without locks; a statement that then meets a changed file
 * ends with SD_EIO. db must stay where it is until it is closed; it is closed after a failure. */
int sd_db_open(sd_db *db, const char *path, int mode, int full, double wait);
/* Ends all statements and the transaction, which is rolled back; any number of times. */
void sd_db_close(sd_db *db);

/* Runs all statements of sql; rows are dropped. */
int sd_db_exec(sd_db *db, const char *sql);

/* A transaction, which takes the lock of writers at once (in SD_DB_READ: one state of the file for
 * all its statements). Transactions do not nest: SD_EARG. A commit that fails has changed nothing
 * and leaves the transaction to be rolled back; sd_db_rollback does so, or nothing outside one.
 * After an error that made SQLite end the transaction by itself, such as a full disk, statements
 * are refused until the rollback, for they would be committed one by one. */
int sd_db_begin(sd_db *db);
int sd_db_commit(sd_db *db);
void sd_db_rollback(sd_db *db);

/* ---- statements -------------------------------------------------------------------------------*/

/* Prepares the one statement that sql is. */
int sd_query_open(sd_query *q, sd_db *db, const char *sql);
void sd_query_close(sd_query *q); /* any number of times */
/* Ends a run: locks are given back, values forgotten. */
void sd_query_reset(sd_query *q);

int sd_query_parameters(const sd_query *q);
/* Parameter k (from 0) <- v, whose bytes must live until sd_query_reset. A NaN is SD_EARG. */
int sd_query_bind(sd_query *q, int k, const sd_cell *v);

/* SD_OK: a row is there; 1: that was all, and outside of a transaction it is committed. */
int sd_query_step(sd_query *q);
/* 1 when it writes nothing, so that a run of it may end at any row. */
int sd_query_reads(const sd_query *q);
int sd_query_columns(const sd_query *q);
const char *sd_query_name(const sd_query *q, int j);
/* *v <- column j (from 0) of the row; its bytes live until the next step or reset. SD_ENOMEM. */
int sd_query_cell(sd_query *q, int j, sd_cell *v);

/* Rows that have been inserted, changed or deleted: by the last statement that did, and in all with
 * those of triggers; the last row number that was inserted. */
int64_t sd_db_changes(const sd_db *db);
int64_t sd_db_total_changes(const sd_db *db);
int64_t sd_db_last_id(const sd_db *db);

#endif
