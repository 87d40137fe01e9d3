/* Prepared statements, their parameters and the values of their rows (see database.h). */
#include "connection.h"
#include "stream.h"
#include <math.h>

int sd_query_open(sd_query *q, sd_db *db, const char *sql) {
  sqlite3_stmt *rest;
  *q = (sd_query){db, NULL};
  int status = io_db_prepare(db, &sql, &q->handle);
  if (status != SD_OK) return status;
  if (q->handle == NULL) return io_db_refuse(db, SD_EARG, "the SQL has no statement in it");
  for (rest = NULL; *sql && rest == NULL && status == SD_OK;)
    status = io_db_prepare(db, &sql, &rest);
  sqlite3_finalize(rest);
  if (rest == NULL && status == SD_OK) return SD_OK;
  sd_query_close(q);
  return io_db_refuse(db, SD_EARG, "the SQL has more than one statement: db:exec runs several");
}

void sd_query_close(sd_query *q) {
  sqlite3_finalize(q->handle);
  q->handle = NULL;
}

void sd_query_reset(sd_query *q) {
  sqlite3_reset(q->handle);
  sqlite3_clear_bindings(q->handle);
}

int sd_query_parameters(const sd_query *q) { return sqlite3_bind_parameter_count(q->handle); }

int sd_query_bind(sd_query *q, int k, const sd_cell *v) {
  const void *bytes = v->bytes ? v->bytes : ""; /* NULL would be bound as NULL */
  int rc = SQLITE_OK;
  switch (v->kind) {
  case SD_CELL_NULL: rc = sqlite3_bind_null(q->handle, k + 1); break;
  case SD_CELL_INTEGER: rc = sqlite3_bind_int64(q->handle, k + 1, v->integer); break;
  case SD_CELL_REAL:
    if (isnan(v->real))
      return io_why(q->db->why, SD_EARG, "parameter %d is NaN, which would be kept as NULL", k + 1);
    rc = sqlite3_bind_double(q->handle, k + 1, v->real);
    break;
  case SD_CELL_TEXT:
    rc = sqlite3_bind_text64(q->handle, k + 1, bytes, v->size, SQLITE_STATIC, SQLITE_UTF8);
    break;
  default: rc = sqlite3_bind_blob64(q->handle, k + 1, bytes, v->size, SQLITE_STATIC); break;
  }
  return rc == SQLITE_OK ? SD_OK : io_db_failed(q->db, rc);
}

int sd_query_step(sd_query *q) { return io_db_step(q->db, q->handle); }
int sd_query_reads(const sd_query *q) { return sqlite3_stmt_readonly(q->handle); }
int sd_query_columns(const sd_query *q) { return sqlite3_column_count(q->handle); }

const char *sd_query_name(const sd_query *q, int j) {
  const char *name = sqlite3_column_name(q->handle, j);
  return name ? name : "";
}

int sd_query_cell(sd_query *q, int j, sd_cell *v) {
  *v = (sd_cell){.kind = SD_CELL_NULL};
  switch (sqlite3_column_type(q->handle, j)) {
  case SQLITE_INTEGER:
    v->kind = SD_CELL_INTEGER;
    v->integer = sqlite3_column_int64(q->handle, j);
    break;
  case SQLITE_FLOAT:
    v->kind = SD_CELL_REAL;
    v->real = sqlite3_column_double(q->handle, j);
    break;
  case SQLITE_TEXT:
    v->kind = SD_CELL_TEXT;
    v->bytes = sqlite3_column_text(q->handle, j);
    break;
  case SQLITE_BLOB:
    v->kind = SD_CELL_BLOB;
    v->bytes = sqlite3_column_blob(q->handle, j); /* NULL for an empty one */
    break;
  }
  if (v->kind < SD_CELL_TEXT) return SD_OK;
  v->size = (size_t)sqlite3_column_bytes(q->handle, j);
  if (v->bytes == NULL && (v->size > 0 || sqlite3_errcode(q->db->handle) == SQLITE_NOMEM))
    return io_status(q->db->why, SD_ENOMEM);
  return SD_OK;
}

int64_t sd_db_changes(const sd_db *db) { return sqlite3_changes64(db->handle); }
int64_t sd_db_total_changes(const sd_db *db) { return sqlite3_total_changes64(db->handle); }
int64_t sd_db_last_id(const sd_db *db) { return sqlite3_last_insert_rowid(db->handle); }
