/* CSV, read (see io.h; RFC 4180).
 *
 * The file is read twice through one buffer: once for the shape, which every line must have, once
 * for the numbers, straight into the caller's matrix. Lines are counted for the messages. */
#include "number.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include "stream.h"
#include <stdio.h>
#include <string.h>

enum { LONGEST = 400 }; /* bytes of a number; a double never needs more than 25 */

typedef struct text {
  sd_file *file;
  uint64_t at; /* of the buffer's end in the file */
  size_t next, fill;
  long line;
  int status;
  char separator;
  char *buffer; /* IO_BUFFER bytes */
} text;

/* What ended a field. */
enum { SEPARATOR, LINE, END };

typedef struct field {
  size_t length; /* in the file; bytes beyond the room that was given are counted but not kept */
  int quoted, end;
} field;

/* ---- characters -------------------------------------------------------------------------------*/

static int fail_at(text *t, const char *what) {
  if (t->status == SD_OK) {
    t->file->line = t->line;
    t->status = io_fail(t->file, SD_EFORMAT, "%s", what);
  }
  return t->status;
}

/* Starts at byte `at`, which is on line `line`. text_close afterwards, always. */
static int text_open(text *t, sd_file *f, uint64_t at, long line, char separator) {
  *t = (text){.file = f, .at = at, .line = line, .separator = separator};
  f->line = 0;
  t->buffer = sd_alloc(IO_BUFFER, 1);
  if (t->buffer == NULL) t->status = io_status(f->why, SD_ENOMEM);
  return t->status;
}

static void text_close(text *t) { sd_free(t->buffer); }
static uint64_t position(const text *t) { return t->at - (t->fill - t->next); }

static int more(text *t) {
  uint64_t left = t->file->size - t->at;
  size_t n = left < IO_BUFFER ? (size_t)left : (size_t)IO_BUFFER;
  if (n == 0 || t->status != SD_OK) return 0;
  t->status = io_read(t->file, t->at, t->buffer, n);
  t->next = 0;
  t->fill = t->status == SD_OK ? n : 0;
  t->at += n;
  return t->fill > 0;
}

/* The next character, not taken; EOF at the end of the file or after a failure. */
static inline int peek(text *t) {
  if (t->next == t->fill && !more(t)) return EOF;
  return (unsigned char)t->buffer[t->next];
}

/* Takes the end of a line: LF, CR LF or CR. */
static void newline(text *t) {
  int c = peek(t);
  t->next++;
  if (c == '\r' && peek(t) == '\n') t->next++;
  t->line++;
}

static int is_space(const text *t, int c) { return c == ' ' || (c == '\t' && t->separator != c); }

static void skip_spaces(text *t) {
  while (is_space(t, peek(t))) t->next++;
}

/* ---- fields -----------------------------------------------------------------------------------*/

static void keep(field *out, char *room, size_t cap, int c) {
  if (out->length < cap) room[out->length] = (char)c;
  out->length++;
}

/* The inside of a quoted field; its opening quote is next. */
static void quoted(text *t, field *out, char *room, size_t cap) {
  out->quoted = 1;
  t->next++;
  for (int c; (c = peek(t)) != EOF; keep(out, room, cap, c)) {
    if (c == '\0') {
      fail_at(t, "there is a zero byte: this is not a text file, or it is UTF-16");
      return;
    }
    t->next++;
    if (c == '\n') t->line++;
    if (c != '"') continue;
    if (peek(t) != '"') return;
    t->next++; /* two quotes stand for one */
  }
  fail_at(t, "a quote is not closed");
}

static void unquoted(text *t, field *out, char *room, size_t cap) {
  size_t used = 0; /* without the spaces at the end */
  for (int c; (c = peek(t)) != EOF && c != t->separator && c != '\n' && c != '\r'; t->next++) {
    if (c == '\0') {
      fail_at(t, "there is a zero byte: this is not a text file, or it is UTF-16");
      return;
    }
    keep(out, room, cap, c);
    if (!is_space(t, c)) used = out->length;
  }
  out->length = used;
}

/* room[cap + 1] <- the next field, its first cap bytes and a closing zero. */
static field next_field(text *t, char *room, size_t cap) {
  field out = {0};
  skip_spaces(t);
  if (peek(t) == '"')
    quoted(t, &out, room, cap);
  else
    unquoted(t, &out, room, cap);
  room[out.length < cap ? out.length : cap] = '\0';
  skip_spaces(t);
  int c = peek(t);
  out.end = c == EOF ? END : c == t->separator ? SEPARATOR : LINE;
  if (c == t->separator)
    t->next++;
  else if (c == '\n' || c == '\r')
    newline(t);
  else if (c != EOF)
    fail_at(t, "text follows a closing quote");
  if (t->status != SD_OK) out.end = END;
  return out;
}

/* ---- the shape --------------------------------------------------------------------------------*/

/* A tab, a semicolon or a comma: the first of these that the line has outside quotes. */
static char find_separator(text *t) {
  int tab = 0, semicolon = 0, inside = 0;
  for (int c; (c = peek(t)) != EOF && (inside || (c != '\n' && c != '\r')); t->next++) {
    if (c == '"') inside = !inside;
    if (!inside && c == '\t') tab = 1;
    if (!inside && c == ';') semicolon = 1;
  }
  return tab ? '\t' : semicolon ? ';' : ',';
}

/* The first line: separator, number of columns, whether and how long the header is. */
static int read_first(text *t, sd_csv *h) {
  char room[LONGEST + 1];
  size_t names = 0;
  int header = 0;
  field one;
  if (peek(t) == 0xEF) { /* UTF-8's byte order mark */
    if (t->fill >= 3 && memcmp(t->buffer, "\xEF\xBB\xBF", 3) == 0) t->next = 3;
  }
  uint64_t start = position(t);
  h->separator = find_separator(t);
  t->separator = h->separator;
  t->next = t->fill = 0;
  t->at = start;
  h->body = start;
  h->line = 1;
  do {
    one = next_field(t, room, LONGEST);
    if (t->status != SD_OK) return t->status;
    h->cols++;
    names += one.length + 1;
    header |= one.quoted || one.length > LONGEST || !io_is_number(room);
  } while (one.end == SEPARATOR);
  if (h->cols == 1 && one.length == 0 && !one.quoted) {
    t->line = 1;
    return fail_at(t, one.end == END ? "the file is empty" : "the first line is empty");
  }
  if (header) {
    h->names = names;
    h->body = position(t);
    h->line = t->line;
  } else
    h->rows = 1;
  return SD_OK;
}

/* Fields of the next line, -1 at the end of the file; *blank tells an empty line. */
static ptrdiff_t count_fields(text *t, int *blank) {
  char room[1];
  ptrdiff_t n = 0;
  field one;
  if (peek(t) == EOF) return -1;
  do {
    one = next_field(t, room, 0);
    n++;
  } while (one.end == SEPARATOR);
  *blank = n == 1 && one.length == 0 && !one.quoted;
  return n;
}

/* Counts the lines that follow and sees to it that each has as many fields as the first. */
static int read_rest(text *t, sd_csv *h) {
  long line = t->line, empty = 0;
  int blank = 0;
  char what[SD_WHY];
  for (ptrdiff_t n; t->status == SD_OK && (n = count_fields(t, &blank)) >= 0; line = t->line) {
    if (t->status != SD_OK) break;
    if (blank) {
      if (empty == 0) empty = line; /* wrong only when something follows */
      continue;
    }
    if (empty > 0) {
      t->line = empty;
      return fail_at(t, "the line is empty");
    }
    if (n != h->cols) {
      t->line = line;
      io_why(what, 0, "the line has %td field%s, the first line has %td", n, n == 1 ? "" : "s",
             h->cols);
      return fail_at(t, what);
    }
    h->rows++;
  }
  return t->status;
}

int sd_csv_open(sd_file *f, sd_csv *h) {
  text t;
  *h = (sd_csv){0};
  f->line = 0;
  if (f->size == 0) return io_fail(f, SD_EFORMAT, "the file is empty");
  int status = text_open(&t, f, 0, 1, ',');
  if (status == SD_OK) status = read_first(&t, h);
  if (status == SD_OK) status = read_rest(&t, h);
  text_close(&t);
  return status;
}

int sd_csv_names(sd_file *f, const sd_csv *h, char *names) {
  text t;
  unsigned char mark[3];
  size_t used = 0;
  int bom = f->size >= 3 && io_read(f, 0, mark, 3) == SD_OK && memcmp(mark, "\xEF\xBB\xBF", 3) == 0;
  text_open(&t, f, bom ? 3 : 0, 1, h->separator);
  for (ptrdiff_t j = 0; j < h->cols && t.status == SD_OK; j++) {
    if (used >= h->names) {
      fail_at(&t, "the file changed while it was read");
      break;
    }
    size_t cap = h->names - used - 1;
    field one = next_field(&t, names + used, cap);
    used += (one.length < cap ? one.length : cap) + 1;
  }
  int status = t.status;
  text_close(&t);
  return status;
}

/* ---- the numbers ------------------------------------------------------------------------------*/

static int fail_cell(text *t, long line, ptrdiff_t j, const char *room, const char *what) {
  char shown[IO_SHOWN], sentence[SD_WHY];
  t->line = line;
  io_why(sentence, 0, "column %td: \"%s\" %s", j + 1, io_show(room, strlen(room), shown), what);
  return fail_at(t, sentence);
}

/* Row i of A <- the next line. */
static int read_row(text *t, sd_mat *a, ptrdiff_t i) {
  char room[LONGEST + 1];
  for (ptrdiff_t j = 0; j < a->cols; j++) {
    double v = 0;
    long line = t->line;
    field one = next_field(t, room, LONGEST);
    if (t->status != SD_OK) return t->status;
    int kind = one.quoted || one.length > LONGEST ? IO_NOT_NUMBER : io_number(room, &v);
    if (kind == IO_NOT_NUMBER)
      return fail_cell(t, line, j, room,
                       one.quoted ? "is text, since it is quoted, and not a number"
                                  : "is not a number");
    if (kind == IO_OUT_OF_RANGE)
      return fail_cell(t, line, j, room, "is larger than any f64 number");
    if ((one.end == SEPARATOR) != (j < a->cols - 1))
      return fail_at(t, "the file changed while it was read");
    sd_mat_set(a, i, j, v);
  }
  return SD_OK;
}

int sd_csv_read(sd_file *f, const sd_csv *h, sd_mat *a) {
  text t;
  f->line = 0;
  if (a->rows != h->rows || a->cols != h->cols) return io_status(f->why, SD_ESHAPE);
  int status = text_open(&t, f, h->body, h->line, h->separator);
  for (ptrdiff_t i = 0; i < h->rows && status == SD_OK; i++) status = read_row(&t, a, i);
  text_close(&t);
  return status;
}
