/* Matrices as userdata: owners, views, operands (see lw.h). */
#include "lw.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <limits.h>
#include <stdint.h>
#include <string.h>

static void *align(void *p) { return (char *)p + (-(uintptr_t)p & (SD_ALIGN - 1)); }

size_t lw_bytes(lua_State *L) {
  int kb = lua_gc(L, LUA_GCCOUNT); /* -1 in a finaliser, as all that is asked of lua_gc there */
  return kb < 0 ? 0 : (size_t)kb * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
}

/* "1.5 GB", in buf. */
static const char *amount(size_t bytes, char buf[LW_SHAPE]) {
  static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  double v = (double)bytes;
  int u = 0;
  for (; v >= 999.5 && u < 6; u++) v /= 1000;
  snprintf(buf, LW_SHAPE, "%.3g %s", v, units[u]);
  return buf;
}

/* Raises unless there is room for a matrix (NULL: scratch space). Garbage counts until it is
 * collected: only what is still over after a full collection is an error. */
static void allow(lua_State *L, const char *fn, const sd_mat *what, size_t bytes) {
  char shape[LW_SHAPE], need[LW_SHAPE], used[LW_SHAPE], most[LW_SHAPE];
  if (sd_mem_allow(lw_bytes(L), bytes) == SD_OK) return;
  lua_gc(L, LUA_GCCOLLECT);
  if (sd_mem_allow(lw_bytes(L), bytes) == SD_OK) return;
  lw_error(
      L,
      "%s: not enough memory for %s: it needs %s, %s are in use, and the ceiling is %s (or the "
      "machine has less free)",
      fn, what ? lw_describe(what, shape) : "scratch space", amount(bytes, need),
      amount(lw_bytes(L) + sd_mem_held(), used), amount(sd_mem_ceiling(), most));
}

sd_mat *lw_newmat(lua_State *L, const char *fn, ptrdiff_t rows, ptrdiff_t cols, int dtype) {
  char shape[LW_SHAPE];
  size_t bytes;
  sd_mat m = sd_mat_over(rows, cols, dtype, NULL);
  lw_owner *a;
  if ((rows == 0 || cols == 0) && (rows > INT_MAX || cols > INT_MAX)) /* loops must end */
    lw_error(L, "%s: a %s matrix is empty, and its other side is above %d", fn,
             lw_describe(&m, shape), INT_MAX);
  if (sd_mem_size(rows, cols, sd_dtype_size(dtype), &bytes) != SD_OK)
    lw_error(L, "%s: a %s matrix is larger than any memory", fn, lw_describe(&m, shape));
  bytes += sizeof *a + SD_ALIGN;
  allow(L, fn, &m, bytes);
  a = lua_newuserdatauv(L, bytes, 0);
  sd_mem_advise(a, bytes);
  *a = (lw_owner){m, 0};
  a->m.x = align(a + 1);
  luaL_setmetatable(L, LW_MATRIX);
  return &a->m;
}

lw_owner *lw_pushowner(lua_State *L, int arg) {
  arg = lua_absindex(L, arg);
  if (lua_getiuservalue(L, arg, 1) == LUA_TNONE) { /* an owner has no user value */
    lua_pop(L, 1);
    lua_pushvalue(L, arg);
  }
  return lua_touserdata(L, -1);
}

lw_view *lw_newview(lua_State *L, int of, sd_mat m) {
  of = lua_absindex(L, of);
  lw_view *a = lua_newuserdatauv(L, sizeof *a, 1);
  *a = (lw_view){m, 0};
  lw_pushowner(L, of);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, LW_MATRIX);
  return a;
}

static const char class_key; /* metatable[&class_key]: one of the enum in lw.h */

int lw_class(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TUSERDATA || !lua_getmetatable(L, arg)) return LW_OTHER;
  lua_rawgetp(L, -1, &class_key);
  int class = (int)lua_tointeger(L, -1);
  lua_pop(L, 2);
  return class;
}

void lw_newclass(lua_State *L, const char *name, int class) {
  luaL_newmetatable(L, name);
  lua_pushinteger(L, class);
  lua_rawsetp(L, -2, &class_key);
}

sd_mat *lw_testmat(lua_State *L, int arg) {
  return lw_class(L, arg) == LW_IS_MATRIX ? lua_touserdata(L, arg) : NULL;
}

sd_mat *lw_checkmat(lua_State *L, const char *fn, int arg) {
  sd_mat *a = lw_testmat(L, arg);
  if (a == NULL) lw_argerror(L, fn, arg, "a matrix");
  return a;
}

sd_mat *lw_checktarget(lua_State *L, const char *fn, int arg) {
  sd_mat *a = lw_checkmat(L, fn, arg);
  lw_pushowner(L, arg)->version++;
  lua_pop(L, 1);
  return a;
}

sd_mat lw_checkoperand(lua_State *L, const char *fn, int arg, double *cell) {
  sd_mat *a = lw_testmat(L, arg);
  if (a != NULL) return *a;
  if (!lw_isnumber(L, arg)) lw_argerror(L, fn, arg, "a matrix or a number");
  *cell = lua_tonumber(L, arg);
  return sd_mat_over(1, 1, SD_F64, cell);
}

void lw_checkpair(lua_State *L, const char *fn, sd_mat *a, double *ca, sd_mat *b, double *cb) {
  *a = lw_checkoperand(L, fn, 1, ca);
  *b = lw_checkoperand(L, fn, 2, cb);
  lw_match(a, ca, b->dtype);
  lw_match(b, cb, a->dtype);
  lw_samedtype(L, fn, a, b);
}

sd_mat lw_checksquare(lua_State *L, const char *fn, double *cell) {
  char shape[LW_SHAPE];
  sd_mat a = lw_checkoperand(L, fn, 1, cell);
  if (a.rows != a.cols) lw_error(L, "%s: A must be square, got %s", fn, lw_shape(&a, shape));
  return a;
}

void lw_match(sd_mat *number, double *cell, int dtype) {
  if (number->x != cell || number->dtype == dtype) return;
  float f = (float)*cell;
  memcpy(cell, &f, sizeof f);
  number->dtype = SD_F32;
}

void lw_pushweak(lua_State *L, const void *key, const char *mode) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void *lw_scratch(lua_State *L, const char *fn, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX / 2)
    lw_error(L, "%s: not enough memory for %zu scratch elements", fn, count);
  allow(L, fn, NULL, bytes + SD_ALIGN);
  void *block = lua_newuserdatauv(L, bytes + SD_ALIGN, 0);
  sd_mem_advise(block, bytes + SD_ALIGN);
  return align(block);
}

const char *lw_shape(const sd_mat *a, char buf[LW_SHAPE]) {
  snprintf(buf, LW_SHAPE, "%tdx%td", a->rows, a->cols);
  return buf;
}

const char *lw_describetype(const sd_type *t, char buf[LW_SHAPE]) {
  if (t->dtype == SD_RNG || t->number)
    snprintf(buf, LW_SHAPE, t->number ? "a number" : "an rng");
  else
    snprintf(buf, LW_SHAPE, "a %tdx%td %s matrix", t->rows, t->cols, sd_dtype_name(t->dtype));
  return buf;
}

const char *lw_describe(const sd_mat *a, char buf[LW_SHAPE]) {
  snprintf(buf, LW_SHAPE, "%tdx%td %s", a->rows, a->cols, sd_dtype_name(a->dtype));
  return buf;
}

void lw_samedtype(lua_State *L, const char *fn, const sd_mat *a, const sd_mat *b) {
  char sa[LW_SHAPE], sb[LW_SHAPE];
  if (a->dtype != b->dtype)
    lw_error(L, "%s: dtypes differ: A is %s, B is %s (convert one with A:to(\"f64\"))", fn,
             lw_describe(a, sa), lw_describe(b, sb));
}

void lw_sameshape(lua_State *L, const char *fn, const sd_mat *a, const sd_mat *b) {
  char sa[LW_SHAPE], sb[LW_SHAPE];
  if (!sd_mat_same_shape(a, b))
    lw_error(L, "%s: shapes differ: A is %s, B is %s", fn, lw_shape(a, sa), lw_shape(b, sb));
}

void lw_samerows(lua_State *L, const char *fn, const sd_mat *a, const sd_mat *b) {
  char sa[LW_SHAPE], sb[LW_SHAPE];
  if (a->rows != b->rows)
    lw_error(L, "%s: numbers of rows differ: A is %s, B is %s", fn, lw_shape(a, sa),
             lw_shape(b, sb));
}
