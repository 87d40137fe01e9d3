/* sd.gauss_legendre, sd.gauss_hermite; sd.gammainc, sd.betainc and their inverses, of numbers;
 * sd.hungarian. They have no traced form: rules are constants, the others need values. */
#include "saddle/numerics.h"
#include "lw.h"
#include "saddle/status.h"
#include <math.h>

/* ---- Gauss rules ------------------------------------------------------------------------------*/

/* Pushes nodes and weights of the rule of as many points as argument 1 says. */
static void push_rule(lua_State *L, const char *fn, int (*rule)(sd_mat *, sd_mat *), sd_mat **x,
                      sd_mat **w) {
  lua_Integer n = lw_checkint(L, fn, 1, "the number of nodes", 1, SD_GAUSS_MOST);
  *x = lw_newmat(L, fn, (ptrdiff_t)n, 1, SD_F64);
  *w = lw_newmat(L, fn, (ptrdiff_t)n, 1, SD_F64);
  lw_check(L, fn, rule(*x, *w));
}

static double check_end(lua_State *L, int arg, const char *what, double def) {
  double end = lua_isnoneornil(L, arg) ? def : lw_checknumber(L, "gauss_legendre", arg, what);
  if (!isfinite(end))
    lw_error(L, "gauss_legendre: %s must be finite (sd.integrate takes infinite ends)", what);
  return end;
}

/* sd.gauss_legendre(n[, a = -1, b = 1]) -> x (n,1) ascending, w (n,1): sum w_i f(x_i) is the
 * integral of f from a to b, exact for polynomials of degree 2n-1; 1 <= n <= 2000 */
static int gauss_legendre(lua_State *L) {
  sd_mat *x, *w;
  double a = check_end(L, 2, "a", -1), b = check_end(L, 3, "b", 1);
  double centre = a / 2 + b / 2, half = b / 2 - a / 2;
  push_rule(L, "gauss_legendre", sd_gauss_legendre, &x, &w);
  if (a == -1 && b == 1) return 2;
  for (ptrdiff_t i = 0; i < x->rows; i++) {
    sd_mat_set(x, i, 0, centre + half * sd_mat_get(x, i, 0));
    sd_mat_set(w, i, 0, half * sd_mat_get(w, i, 0));
  }
  return 2;
}

/* sd.gauss_hermite(n) -> x (n,1) ascending, w (n,1): sum w_i f(x_i) = E f(g) for a standard normal
 * g (the weight is its density: the w_i sum to 1), exact as above; far out w_i is 0 */
static int gauss_hermite(lua_State *L) {
  sd_mat *x, *w;
  push_rule(L, "gauss_hermite", sd_gauss_hermite, &x, &w);
  return 2;
}

/* ---- incomplete functions ---------------------------------------------------------------------*/

/* The parameter at arg: positive and at most 1e10. */
static double check_shape(lua_State *L, const char *fn, int arg, const char *what) {
  char text[LW_SHAPE];
  double a = lw_checknumber(L, fn, arg, what);
  if (!(a > 0 && a <= 1e10))
    lw_error(L, "%s: %s must be above 0 and at most 1e10, got %s", fn, what, lw_number(a, text));
  return a;
}

static double check_within(lua_State *L, const char *fn, int arg, const char *what, double most) {
  char text[LW_SHAPE];
  double v = lw_checknumber(L, fn, arg, what);
  if (!(v >= 0 && v <= most))
    lw_error(L, "%s: %s must be %s, got %s", fn, what, most == 1 ? "in 0..1" : "at least 0",
             lw_number(v, text));
  return v;
}

static int check_upper(lua_State *L, const char *fn, int arg) {
  static const char *const names[] = {"upper", NULL};
  lw_options(L, fn, arg, names);
  return lw_optbool(L, fn, arg, "upper", 0);
}

/* sd.gammainc(a, x[, {upper=false}]) -> P(a,x), the distribution function of gamma(a); chi-square
 * with k degrees at y is gammainc(k/2, y/2). upper: 1 - P, with its own digits */
static int gammainc(lua_State *L) {
  double value = 0, a = check_shape(L, "gammainc", 1, "a");
  double x = check_within(L, "gammainc", 2, "x", INFINITY);
  int upper = check_upper(L, "gammainc", 3);
  lw_check(L, "gammainc", sd_gammainc(a, x, upper, &value));
  lua_pushnumber(L, value);
  return 1;
}

/* sd.gammaincinv(a, p[, {upper=false}]) -> the x at which gammainc is p */
static int gammaincinv(lua_State *L) {
  double value = 0, a = check_shape(L, "gammaincinv", 1, "a");
  double p = check_within(L, "gammaincinv", 2, "p", 1);
  int upper = check_upper(L, "gammaincinv", 3);
  lw_check(L, "gammaincinv", sd_gammaincinv(a, p, upper, &value));
  lua_pushnumber(L, value);
  return 1;
}

/* sd.betainc(a, b, x[, {upper=false}]) -> I_x(a,b), the distribution function of beta(a,b);
 * upper: 1 - I_x, with its own digits */
static int betainc(lua_State *L) {
  double value = 0, a = check_shape(L, "betainc", 1, "a"), b = check_shape(L, "betainc", 2, "b");
  double x = check_within(L, "betainc", 3, "x", 1);
  int upper = check_upper(L, "betainc", 4);
  lw_check(L, "betainc", sd_betainc(a, b, x, upper, &value));
  lua_pushnumber(L, value);
  return 1;
}

/* sd.betaincinv(a, b, p[, {upper=false}]) -> the x at which betainc is p */
static int betaincinv(lua_State *L) {
  double value = 0, a = check_shape(L, "betaincinv", 1, "a");
  double b = check_shape(L, "betaincinv", 2, "b"), p = check_within(L, "betaincinv", 3, "p", 1);
  int upper = check_upper(L, "betaincinv", 4);
  lw_check(L, "betaincinv", sd_betaincinv(a, b, p, upper, &value));
  lua_pushnumber(L, value);
  return 1;
}

/* ---- assignment -------------------------------------------------------------------------------*/

/* sd.hungarian(C (m,n)) -> columns (m,1), cost, {u=(m,1), v=(n,1)}: the column of each row, no two
 * equal, 0 for rows without one (m > n), so that the sum of the costs is least; and the dual that
 * proves it: u_i + v_j <= c_ij, sum u + sum v = cost */
static int hungarian(lua_State *L) {
  double cell, cost = 0;
  char shape[LW_SHAPE];
  lw_nosymbol(L, "hungarian", 1,
              "an assignment jumps; compute it before the function and gather the costs there");
  sd_mat c = lw_checkoperand(L, "hungarian", 1, &cell);
  sd_mat *columns = lw_newmat(L, "hungarian", c.rows, 1, SD_F64);
  ptrdiff_t *column = lw_scratch(L, "hungarian", (size_t)c.rows, sizeof *column);
  lua_createtable(L, 0, 2);
  sd_mat *u = lw_newmat(L, "hungarian", c.rows, 1, SD_F64);
  lua_setfield(L, -2, "u");
  sd_mat *v = lw_newmat(L, "hungarian", c.cols, 1, SD_F64);
  lua_setfield(L, -2, "v");
  int status = sd_hungarian(&c, column, &cost, u, v);
  if (status == SD_EARG)
    lw_error(L, "hungarian: the cost passes the largest number; C is %s", lw_shape(&c, shape));
  if (status != SD_OK) lw_failon(L, "hungarian", status, &c, NULL);
  for (ptrdiff_t i = 0; i < c.rows; i++) sd_mat_set(columns, i, 0, (double)(column[i] + 1));
  lua_pushnumber(L, cost);
  lua_replace(L, -3); /* the scratch memory's place: columns, cost, dual */
  return 3;
}

static const luaL_Reg functions[] = {{"gauss_legendre", gauss_legendre},
                                     {"gauss_hermite", gauss_hermite},
                                     {"gammainc", gammainc},
                                     {"gammaincinv", gammaincinv},
                                     {"betainc", betainc},
                                     {"betaincinv", betaincinv},
                                     {"hungarian", hungarian},
                                     {NULL, NULL}};

void lw_open_numerics(lua_State *L) { luaL_setfuncs(L, functions, 0); }
