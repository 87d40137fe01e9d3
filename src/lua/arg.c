/* Arguments, options and errors of binding functions (see lw.h). */
#include "lw.h"
#include "saddle/arrange.h"
#include "saddle/status.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- errors -----------------------------------------------------------------------------------*/

int lw_error(lua_State *L, const char *fmt, ...) {
  char text[512];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  for (char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c)) *c = '?';
  lw_where(L);
  lua_pushstring(L, text);
  lua_concat(L, 2);
  lua_error(L);
  __builtin_unreachable();
}

int lw_fail(lua_State *L, const char *fn, int status) {
  if (status == SD_EHOST) {
    lw_pushstash(L);
    lua_error(L);
  }
  if (status == SD_EINTR) sd_interrupt(0); /* heard: no second error for it */
  lw_error(L, "%s: %s", fn, sd_status_text(status));
}

void lw_check(lua_State *L, const char *fn, int status) {
  if (status != SD_OK) lw_fail(L, fn, status);
}

int lw_failon(lua_State *L, const char *fn, int status, const sd_mat *a, const sd_mat *b) {
  char shape[LW_SHAPE];
  switch (status) {
  case SD_ENONFINITE:
    lw_error(L, "%s: %s has NaN or infinite elements", fn,
             b == NULL || !sd_mat_finite(a) ? "A" : "B");
  case SD_ETOOBIG:
    lw_error(L, "%s: A is %s: its work array is longer than a 32-bit LAPACK can count", fn,
             lw_shape(a, shape));
  case SD_ENOCONV:
    lw_error(L, "%s: the iteration did not converge (A is %s)", fn, lw_shape(a, shape));
  case SD_EARG: lw_error(L, "%s: the result overflows %s", fn, sd_dtype_name(a->dtype));
  default: lw_fail(L, fn, status);
  }
}

const char *lw_number(double v, char buf[LW_SHAPE]) {
  snprintf(buf, LW_SHAPE, isnan(v) ? "NaN" : "%.14g", v);
  return buf;
}

/* The string at arg in quotes, cut after 40 bytes, control characters as '?'. */
static void show_string(lua_State *L, int arg, char buf[LW_SHAPE]) {
  enum { MOST = 40 };
  size_t n;
  const char *s = lua_tolstring(L, arg, &n);
  int used = snprintf(buf, LW_SHAPE, "the string \"");
  for (size_t i = 0; i < n && i < MOST; i++)
    buf[used++] = iscntrl((unsigned char)s[i]) ? '?' : s[i];
  snprintf(buf + used, (size_t)(LW_SHAPE - used), n > MOST ? "...\"" : "\"");
}

/* "a number symbol", "a 3x2 symbol": what a traced function has in place of a value. */
static void show_symbol(lua_State *L, int arg, char buf[LW_SHAPE]) {
  sd_type t;
  lw_typeof(L, arg, &t);
  if (t.number)
    snprintf(buf, LW_SHAPE, "a number symbol");
  else
    snprintf(buf, LW_SHAPE, "a %tdx%td symbol", t.rows, t.cols);
}

const char *lw_show(lua_State *L, int arg, char buf[LW_SHAPE]) {
  const sd_mat *a = lw_testmat(L, arg);
  int type = lua_type(L, arg);
  if (a != NULL)
    snprintf(buf, LW_SHAPE, "a %tdx%td matrix", a->rows, a->cols);
  else if (lw_testsymbol(L, arg))
    show_symbol(L, arg, buf);
  else if (lw_testrng(L, arg))
    snprintf(buf, LW_SHAPE, "an rng");
  else if (type == LUA_TNUMBER)
    lw_number(lua_tonumber(L, arg), buf);
  else if (type == LUA_TSTRING)
    show_string(L, arg, buf);
  else if (type == LUA_TBOOLEAN)
    snprintf(buf, LW_SHAPE, "%s", lua_toboolean(L, arg) ? "true" : "false");
  else if (type == LUA_TTABLE || type == LUA_TFUNCTION)
    snprintf(buf, LW_SHAPE, "a %s", lua_typename(L, type));
  else
    snprintf(buf, LW_SHAPE, "%s", type == LUA_TNONE ? "nothing" : lua_typename(L, type));
  return buf;
}

int lw_argerror(lua_State *L, const char *fn, int arg, const char *what) {
  char buf[LW_SHAPE];
  lw_error(L, "%s: argument %d must be %s, got %s", fn, arg, what, lw_show(L, arg, buf));
}

/* ---- arguments --------------------------------------------------------------------------------*/

int lw_isnumber(lua_State *L, int arg) { return lua_type(L, arg) == LUA_TNUMBER; }

int lw_isword(lua_State *L, int arg, const char *word) {
  return lua_type(L, arg) == LUA_TSTRING && lua_rawlen(L, arg) == strlen(word) &&
         strcmp(lua_tostring(L, arg), word) == 0;
}

double lw_checknumber(lua_State *L, const char *fn, int arg, const char *what) {
  char buf[LW_SHAPE];
  if (lw_isnumber(L, arg)) return lua_tonumber(L, arg);
  const sd_mat *a = lw_testmat(L, arg);
  if (a != NULL && a->rows == 1 && a->cols == 1) return sd_mat_get(a, 0, 0); /* acts as a number */
  if (lw_testsymbol(L, arg))
    lw_error(L, "%s: %s must be a plain number in a traced function, got %s", fn, what,
             lw_show(L, arg, buf));
  lw_error(L, "%s: %s must be a number, got %s", fn, what, lw_show(L, arg, buf));
}

lua_Integer lw_checkint(lua_State *L, const char *fn, int arg, const char *what, lua_Integer lo,
                        lua_Integer hi) {
  char buf[LW_SHAPE];
  double v;
  if (lua_isinteger(L, arg)) {
    lua_Integer i = lua_tointeger(L, arg);
    if (i >= lo && i <= hi) return i;
    lw_error(L, "%s: %s must be in %lld..%lld, got %lld", fn, what, (long long)lo, (long long)hi,
             (long long)i);
  }
  v = lw_checknumber(L, fn, arg, what);
  if (v != floor(v) || !(fabs(v) < 9.2e18))
    lw_error(L, "%s: %s must be a whole number, got %s", fn, what, lw_show(L, arg, buf));
  if (v < (double)lo || v > (double)hi)
    lw_error(L, "%s: %s must be in %lld..%lld, got %.17g", fn, what, (long long)lo, (long long)hi,
             v);
  return (lua_Integer)v;
}

ptrdiff_t lw_checkdim(lua_State *L, const char *fn, int arg, const char *what) {
  char buf[LW_SHAPE];
  if (lw_testsymbol(L, arg))
    lw_error(L,
             "%s: %s is a symbol, and sizes must be plain numbers: they are fixed when a function "
             "is traced",
             fn, what);
  if (lw_isnumber(L, arg) && lua_tonumber(L, arg) < 0)
    lw_error(L, "%s: %s must not be negative, got %s", fn, what, lw_show(L, arg, buf));
  return (ptrdiff_t)lw_checkint(L, fn, arg, what, 0, (lua_Integer)1 << 53);
}

ptrdiff_t lw_checkindex(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n) {
  char buf[LW_SHAPE];
  double v = lw_checknumber(L, fn, arg, what);
  ptrdiff_t k = sd_position(v, n);
  if (k < 0) lw_error(L, "%s: %s %s is not an index into 1..%td", fn, what, lw_number(v, buf), n);
  return k;
}

void lw_checkposition(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n) {
  char buf[LW_SHAPE];
  sd_type t;
  if (lw_testsymbol(L, arg) == NULL) {
    lw_checkindex(L, fn, arg, what, n);
    return;
  }
  lw_typeof(L, arg, &t);
  if (t.rows != 1 || t.cols != 1)
    lw_error(L, "%s: %s must be a number, got %s", fn, what, lw_show(L, arg, buf));
}

/* Replaces the list at arg by a column of its entries. */
static void lay_out(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n) {
  char buf[LW_SHAPE];
  ptrdiff_t count = (ptrdiff_t)lua_rawlen(L, arg);
  sd_mat *column = lw_newmat(L, fn, count, 1, SD_F64);
  for (ptrdiff_t k = 0; k < count; k++) {
    lua_rawgeti(L, arg, (lua_Integer)k + 1);
    if (!lw_isnumber(L, -1))
      lw_error(L, "%s: entry %td of the list of indices must be a number, got %s", fn, k + 1,
               lw_show(L, -1, buf));
    double v = lua_tonumber(L, -1);
    if (sd_position(v, n) < 0)
      lw_error(L, "%s: %s %s (number %td of the list) is not an index into 1..%td", fn, what,
               lw_number(v, buf), k + 1, n);
    sd_mat_set(column, k, 0, v);
    lua_pop(L, 1);
  }
  lua_replace(L, arg);
}

void lw_checkindices(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n) {
  if (lw_isnumber(L, arg))
    lw_checkindex(L, fn, arg, what, n);
  else if (lua_istable(L, arg))
    lay_out(L, fn, arg, what, n);
  else if (!lw_testmat(L, arg) && !lw_testsymbol(L, arg))
    lw_argerror(L, fn, arg, "an index, a matrix of indices or a list of indices");
}

/* ---- options ----------------------------------------------------------------------------------*/

/* Levenshtein distance of two words, at most 31 letters each considered. */
static int distance(const char *a, const char *b) {
  int row[32], n = (int)strlen(b);
  if (n > 31) n = 31;
  for (int j = 0; j <= n; j++) row[j] = j;
  for (int i = 1; a[i - 1] && i <= 31; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= n; j++) {
      int swap = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      if (row[j] + 1 < swap) swap = row[j] + 1;
      if (row[j - 1] + 1 < swap) swap = row[j - 1] + 1;
      row[j] = swap;
    }
  }
  return row[n];
}

const char *lw_nearest(const char *word, const char *const names[]) {
  const char *best = NULL;
  size_t n = strlen(word);
  int least = n < 5 ? 2 : n < 9 ? 3 : 4; /* one, two or three slips; more is no likeness */
  for (int i = 0; names[i]; i++) {
    int d = distance(word, names[i]);
    if (d < least) least = d, best = names[i];
  }
  return best;
}

static void unknown_option(lua_State *L, const char *fn, const char *key,
                           const char *const names[]) {
  char all[160] = "";
  const char *near = lw_nearest(key, names);
  if (near) lw_error(L, "%s: unknown option '%s' (did you mean '%s'?)", fn, key, near);
  for (int i = 0; names[i]; i++) {
    size_t used = strlen(all);
    snprintf(all + used, sizeof all - used, "%s'%s'", i ? ", " : "", names[i]);
  }
  lw_error(L, "%s: unknown option '%s' (known: %s)", fn, key, all);
}

void lw_options(lua_State *L, const char *fn, int arg, const char *const names[]) {
  if (lua_isnoneornil(L, arg)) return;
  if (!lua_istable(L, arg)) lw_argerror(L, fn, arg, "a table of options");
  if (luaL_getmetafield(L, arg, "__index") != LUA_TNIL)
    lw_error(L, "%s: options must be a plain table; argument %d inherits from another", fn, arg);
  lua_pushnil(L);
  while (lua_next(L, arg)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    int known = 0;
    if (key == NULL)
      lw_error(L, "%s: options have names; argument %d has an entry without one", fn, arg);
    for (int i = 0; names[i] && !known; i++) known = lw_isword(L, -2, names[i]);
    if (!known) unknown_option(L, fn, key, names);
    lua_pop(L, 1);
  }
}

int lw_pushoption(lua_State *L, int arg, const char *key) {
  if (!lua_istable(L, arg)) return 0;
  lua_pushstring(L, key);
  if (lua_rawget(L, arg) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  return 0;
}

int lw_optchoice(lua_State *L, const char *fn, int arg, const char *key,
                 const char *const choices[], int def) {
  char buf[LW_SHAPE], all[160] = "";
  if (!lw_pushoption(L, arg, key)) return def;
  for (int i = 0; choices[i]; i++) {
    if (lw_isword(L, -1, choices[i])) {
      lua_pop(L, 1);
      return i;
    }
    size_t used = strlen(all);
    snprintf(all + used, sizeof all - used, "%s\"%s\"", i ? ", " : "", choices[i]);
  }
  lw_error(L, "%s: option '%s' must be one of %s, got %s", fn, key, all, lw_show(L, -1, buf));
}

int lw_optdtype(lua_State *L, const char *fn, int arg, int def) {
  static const char *const names[] = {"f64", "f32", NULL}; /* in the order of the enum */
  return lw_optchoice(L, fn, arg, "dtype", names, def);
}

int lw_optdim(lua_State *L, const char *fn, int arg, int def) {
  if (!lw_pushoption(L, arg, "dim")) return def;
  if (lw_isnumber(L, -1)) {
    double v = lua_tonumber(L, -1);
    if (v == 1 || v == 2) {
      lua_pop(L, 1);
      return (int)v;
    }
  }
  char buf[LW_SHAPE];
  lw_error(L, "%s: option 'dim' must be 1 (down each column) or 2 (along each row), got %s", fn,
           lw_show(L, -1, buf));
}

int lw_optbool(lua_State *L, const char *fn, int arg, const char *key, int def) {
  char buf[LW_SHAPE];
  if (!lw_pushoption(L, arg, key)) return def;
  if (!lua_isboolean(L, -1))
    lw_error(L, "%s: option '%s' must be true or false, got %s", fn, key, lw_show(L, -1, buf));
  int v = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return v;
}

double lw_optnumber(lua_State *L, const char *fn, int arg, const char *key, double def) {
  char buf[LW_SHAPE];
  if (!lw_pushoption(L, arg, key)) return def;
  if (!lw_isnumber(L, -1))
    lw_error(L, "%s: option '%s' must be a number, got %s", fn, key, lw_show(L, -1, buf));
  double v = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return v;
}

/* ---- hyper-parameters -------------------------------------------------------------------------*/

static void push_hyper(lua_State *L, const sd_hyper *h) {
  lua_newtable(L);
  lua_pushstring(L, h->name);
  lua_setfield(L, -2, "name");
  if (!isnan(h->value)) {
    lua_pushnumber(L, h->value);
    lua_setfield(L, -2, "default");
  }
  lua_pushnumber(L, h->least);
  lua_setfield(L, -2, "least");
  lua_pushnumber(L, h->most);
  lua_setfield(L, -2, "most");
  lua_pushboolean(L, h->open);
  lua_setfield(L, -2, "open");
  if (h->words == NULL) return;
  lua_newtable(L);
  for (int k = 0; h->words[k]; k++) {
    lua_pushstring(L, h->words[k]);
    lua_rawseti(L, -2, k + 1);
  }
  lua_setfield(L, -2, "words");
}

void lw_pushhypers(lua_State *L, const sd_hyper *list, int n) {
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    push_hyper(L, &list[k]);
    lua_rawseti(L, -2, k + 1);
  }
}
