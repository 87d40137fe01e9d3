/* CSV, written (see io.h): a header, then numbers that read back as they were. */
#define _GNU_SOURCE 1
#include "number.h"
#include "saddle/status.h"
#include "stream.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* 1 when the reader would take the bare name for something else: a number, nothing, several fields
 * or lines, a name without its outer spaces, another separator than the comma. */
static int needs_quotes(const char *name) {
  size_t n = strlen(name);
  return n == 0 || strpbrk(name, "\",;\t\r\n") || name[0] == ' ' || name[n - 1] == ' ' ||
         io_is_number(name) || strncmp(name, "\xEF\xBB\xBF", 3) == 0;
}

static void write_name(io_sink *s, const char *name) {
  if (!needs_quotes(name)) {
    io_sink_write(s, name, strlen(name));
    return;
  }
  io_sink_write(s, "\"", 1);
  for (; *name; name++) io_sink_write(s, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
  io_sink_write(s, "\"", 1);
}

static void write_number(io_sink *s, double v) {
  char digits[32];
  int n = isnan(v)   ? snprintf(digits, sizeof digits, "nan")
          : isinf(v) ? snprintf(digits, sizeof digits, v > 0 ? "inf" : "-inf")
                     : snprintf(digits, sizeof digits, "%.17g", v);
  io_sink_write(s, digits, (size_t)n);
}

static void write_lines(io_sink *s, const sd_named *columns, size_t n) {
  for (size_t j = 0; j < n; j++) {
    write_name(s, columns[j].name);
    io_sink_write(s, j + 1 < n ? "," : "\n", 1);
  }
  for (ptrdiff_t i = 0; i < columns[0].a.rows && s->status == SD_OK; i++)
    for (size_t j = 0; j < n; j++) {
      write_number(s, sd_mat_get(&columns[j].a, i, 0));
      io_sink_write(s, j + 1 < n ? "," : "\n", 1);
    }
}

int sd_csv_save(const char *path, const sd_named *columns, size_t n, char why[SD_WHY]) {
  io_sink s;
  if (n == 0) return io_why(why, SD_EARG, "a CSV file needs at least one column");
  for (size_t j = 0; j < n; j++)
    if (columns[j].a.cols != 1 || columns[j].a.rows != columns[0].a.rows)
      return io_why(why, SD_ESHAPE, "the columns differ in length");
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (c == (locale_t)0) return io_status(why, SD_ENOMEM);
  locale_t before = uselocale(c); /* of this thread only */
  io_sink_open(&s, path, why);
  write_lines(&s, columns, n);
  uselocale(before);
  freelocale(c);
  return io_sink_finish(&s);
}
