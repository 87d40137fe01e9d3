/* Operators of matrices (+ - * % / ^ and unary -) and their in-place forms.
 *
 * `*` is the matrix product (a number or a 1x1 matrix scales); the others act element by element
 * and broadcast a column, a row, a number or a 1x1 matrix. */
#include "lw.h"
#include "saddle/kernel.h"
#include "saddle/status.h"

int lw_zip(lua_State *L, int fn) { return lw_apply(L, &sd_zip_ops[fn], NULL, 1, 2); }

static int is_one(lua_State *L, int arg) {
  sd_type t;
  return lw_typeof(L, arg, &t) && t.rows == 1 && t.cols == 1;
}

/* C <- A * B: the matrix product, or a scaling when one side is a number or 1x1 */
static int multiply(lua_State *L) {
  if (is_one(L, 1) || is_one(L, 2)) return lw_zip(L, SD_ZIP_MUL);
  if (lw_anytree(L, 1, 2)) {
    lua_pushcfunction(L, multiply);
    return lw_leafwise(L, 1, 2);
  }
  return lw_apply(L, &sd_op_matmul, NULL, 1, 2);
}

/* -A -> (m,n) */
static int negate(lua_State *L) { return lw_apply(L, &sd_map_ops[SD_MAP_NEG], NULL, 1, 1); }

/* A + B, A - B, A % B, A / B, A ^ B -> (m,n), element by element, broadcasting */
static int add(lua_State *L) { return lw_zip(L, SD_ZIP_ADD); }
static int subtract(lua_State *L) { return lw_zip(L, SD_ZIP_SUB); }
static int product(lua_State *L) { return lw_zip(L, SD_ZIP_MUL); }
static int divide(lua_State *L) { return lw_zip(L, SD_ZIP_DIV); }
static int power(lua_State *L) { return lw_zip(L, SD_ZIP_POW); }

/* B, or a copy of it (pushed) where it shares memory with A without being A: what is written must
 * not be read again. */
static sd_mat apart(lua_State *L, const char *name, const sd_mat *a, const sd_mat *b) {
  if (!sd_mat_overlap(a, b) || sd_mat_same(a, b)) return *b;
  sd_mat *copy = lw_newmat(L, name, b->rows, b->cols, b->dtype);
  sd_mat_copy(b, copy);
  return *copy;
}

/* A:add_(B) and the like: A <- A op B, B broadcasting to A's shape; returns A */
static int in_place(lua_State *L, const char *name, int fn) {
  double cb;
  char sa[LW_SHAPE], sb[LW_SHAPE];
  sd_mat *a = lw_checktarget(L, name, 1);
  sd_mat b = lw_checkoperand(L, name, 2, &cb);
  ptrdiff_t m, n;
  lw_match(&b, &cb, a->dtype);
  lw_samedtype(L, name, a, &b);
  if (sd_broadcast(a, &b, &m, &n) != SD_OK || m != a->rows || n != a->cols)
    lw_error(L, "%s: shapes do not fit: A is %s, B is %s", name, lw_shape(a, sa), lw_shape(&b, sb));
  b = apart(L, name, a, &b);
  lw_check(L, name, sd_zip(fn, a, &b, a));
  lua_settop(L, 1);
  return 1;
}

static int add_in_place(lua_State *L) { return in_place(L, "add_", SD_ZIP_ADD); }
static int subtract_in_place(lua_State *L) { return in_place(L, "sub_", SD_ZIP_SUB); }
static int multiply_in_place(lua_State *L) { return in_place(L, "mul_", SD_ZIP_MUL); }
static int divide_in_place(lua_State *L) { return in_place(L, "div_", SD_ZIP_DIV); }
static int power_in_place(lua_State *L) { return in_place(L, "pow_", SD_ZIP_POW); }

/* A:fill_(v) -> A, v everywhere */
static int fill(lua_State *L) {
  sd_mat *a = lw_checktarget(L, "fill_", 1);
  sd_mat_fill(a, lw_checknumber(L, "fill_", 2, "the value"));
  lua_settop(L, 1);
  return 1;
}

/* A:copy_(B) -> A, elements taken from B of the same shape and dtype */
static int copy(lua_State *L) {
  sd_mat *a = lw_checktarget(L, "copy_", 1), *b = lw_checkmat(L, "copy_", 2), from;
  lw_samedtype(L, "copy_", a, b);
  lw_sameshape(L, "copy_", a, b);
  from = apart(L, "copy_", a, b);
  sd_mat_copy(&from, a);
  lua_settop(L, 1);
  return 1;
}

static const luaL_Reg metamethods[] = {{"__mul", multiply}, {"__unm", negate},  {"__add", add},
                                       {"__sub", subtract}, {"__mod", product}, {"__div", divide},
                                       {"__pow", power},    {NULL, NULL}};

static const luaL_Reg methods[] = {{"add_", add_in_place},
                                   {"sub_", subtract_in_place},
                                   {"mul_", multiply_in_place},
                                   {"div_", divide_in_place},
                                   {"pow_", power_in_place},
                                   {"fill_", fill},
                                   {"copy_", copy},
                                   {NULL, NULL}};

void lw_open_operator(lua_State *L) {
  luaL_getmetatable(L, LW_MATRIX);
  luaL_setfuncs(L, metamethods, 0);
  luaL_getmetatable(L, LW_SYMBOL);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 2);
  lw_pushmethods(L);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}
