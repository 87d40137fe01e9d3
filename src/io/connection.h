/* What database.c and query.c share: SQLite's codes as statuses, and statements. */
#ifndef SADDLE_IO_CONNECTION_H
#define SADDLE_IO_CONNECTION_H

#include "saddle/database.h"
#include <sqlite3.h>

/* db->why <- what; returns status. */
int io_db_refuse(sd_db *db, int status, const char *what);
/* The status for SQLite's result code rc, with its sentence. */
int io_db_failed(sd_db *db, int rc);
/* s <- the first statement of *sql (NULL: only blanks and comments), which moves behind it. */
int io_db_prepare(sd_db *db, const char **sql, sqlite3_stmt **s);
/* As sd_query_step. */
int io_db_step(sd_db *db, sqlite3_stmt *s);

#endif
