/* Numbers from text (see number.h): the spelling is checked here, since strtod takes hexadecimal
 * ones too, and the value is strtod's in the C locale, correctly rounded by glibc. */
#define _GNU_SOURCE 1
#include "number.h"
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

static int digit(char c) { return c >= '0' && c <= '9'; }

static const char *digits(const char *p) {
  while (digit(*p)) p++;
  return p;
}

static int is_word(const char *p) {
  return strcasecmp(p, "nan") == 0 || strcasecmp(p, "inf") == 0 || strcasecmp(p, "infinity") == 0;
}

int io_is_number(const char *p) {
  if (*p == '+' || *p == '-') p++;
  if (is_word(p)) return 1;
  const char *whole = p;
  int any = (p = digits(p)) > whole;
  if (*p == '.') {
    const char *fraction = ++p;
    any |= (p = digits(p)) > fraction;
  }
  if (any && (*p == 'e' || *p == 'E')) {
    p += p[1] == '+' || p[1] == '-' ? 2 : 1;
    any = digit(*p);
    p = digits(p);
  }
  return any && *p == '\0';
}

int io_number(const char *text, double *v) {
  if (!io_is_number(text)) return IO_NOT_NUMBER;
  const char *bare = text + (*text == '+' || *text == '-');
  if (is_word(bare)) { /* nan has no sign */
    *v = strcasecmp(bare, "nan") == 0 ? (double)NAN : *text == '-' ? -HUGE_VAL : HUGE_VAL;
    return IO_NUMBER;
  }
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc's own, no memory is taken */
  if (c == (locale_t)0) return IO_NOT_NUMBER;
  *v = strtod_l(text, NULL, c);
  freelocale(c);
  return isinf(*v) ? IO_OUT_OF_RANGE : IO_NUMBER;
}
