/* Spectra: sd.svds, sd.eigs, sd.lanczos, sd.spectral_norm, sd.spectral_density, sd.hutchinson,
 * sd.hutchpp, over spectral.h. A is a matrix or an operator {rows=, cols=, matvec=, rmatvec=}; all
 * results are f64. Below, n is the number of rows of a square A.
 *
 * Options shared: seed, a whole number (0), of the start vector; rng, which a function that samples
 * draws once from (sd.rng(0) when it is not given). Same seed, same numbers. */
#include "saddle/spectral.h"
#include "lw.h"
#include "saddle/status.h"
#include <math.h>
#include <stdio.h>

/* ---- options ----------------------------------------------------------------------------------*/

/* The option `key`, a whole number in lo..hi. */
static lua_Integer whole(lua_State *L, const char *fn, int at, const char *key, lua_Integer def,
                         lua_Integer lo, lua_Integer hi) {
  char what[LW_SHAPE];
  if (!lw_pushoption(L, at, key)) return def;
  lua_pushfstring(L, "option '%s'", key);
  snprintf(what, sizeof what, "%s", lua_tostring(L, -1));
  lua_pop(L, 1);
  lua_Integer v = lw_checkint(L, fn, lua_gettop(L), what, lo, hi);
  lua_pop(L, 1);
  return v;
}

static double tolerance(lua_State *L, const char *fn, int at, double def) {
  double tol = lw_optnumber(L, fn, at, "tol", def);
  if (!(tol >= 0 && tol < 1))
    lw_error(L, "%s: option 'tol' must be from 0 to below 1, got %.6g", fn, tol);
  return tol;
}

/* Two draws are of the check that an operator is what it says, those from 2 on of the solve. */
static sd_rng seeded(lua_State *L, const char *fn, int at) {
  lua_Integer seed = whole(L, fn, at, "seed", 0, LUA_MININTEGER, LUA_MAXINTEGER);
  return (sd_rng){sd_rng_root((uint64_t)seed, 0), 0};
}
static sd_rng after_check(sd_rng at) { return (sd_rng){at.key, at.ordinal + 2}; }

/* A generator of its own, of one draw of the option rng, which advances. */
static sd_rng drawn(lua_State *L, const char *fn, int at) {
  char got[LW_SHAPE];
  sd_rng from = {sd_rng_root(0, 0), 0};
  if (lw_pushoption(L, at, "rng")) {
    lw_rng *rng = lw_testrng(L, -1);
    if (!rng) lw_error(L, "%s: option 'rng' must be an rng, got %s", fn, lw_show(L, -1, got));
    if (rng->of) lw_error(L, "%s: option 'rng' is traced and has no value yet", fn);
    from = rng->at;
    rng->at.ordinal++;
    lua_pop(L, 1);
  }
  return (sd_rng){sd_rng_child(from.key, from.ordinal), 0};
}

static int probe_kind(lua_State *L, const char *fn, int at) {
  static const char *const kinds[] = {"rademacher", "gaussian", NULL}; /* as the enum */
  return lw_optchoice(L, fn, at, "kind", kinds, SD_RADEMACHER);
}

/* ---- results ----------------------------------------------------------------------------------*/

/* Replaces the matrix at stack index `at` by its first k columns, or its first k rows. */
static void cut(lua_State *L, const char *fn, int at, ptrdiff_t rows, ptrdiff_t cols) {
  const sd_mat *all = lw_testmat(L, at);
  if (all->rows == rows && all->cols == cols) return;
  sd_mat part = sd_mat_block(all, 0, 0, rows, cols);
  sd_mat_copy(&part, lw_newmat(L, fn, rows, cols, SD_F64));
  lua_replace(L, at);
}

static void set_integer(lua_State *L, const char *key, lua_Integer v) {
  lua_pushinteger(L, v);
  lua_setfield(L, -2, key);
}
static void set_number(lua_State *L, const char *key, double v) {
  lua_pushnumber(L, v);
  lua_setfield(L, -2, key);
}
static void set_boolean(lua_State *L, const char *key, int v) {
  lua_pushboolean(L, v);
  lua_setfield(L, -2, key);
}

/* Pushes what is known of a solve; the residuals are at stack index `residuals`. */
static void push_info(lua_State *L, const lw_linear *a, const sd_extremes *e, int residuals) {
  cut(L, a->fn, residuals, e->found, 1);
  lua_createtable(L, 0, 6);
  lua_pushvalue(L, residuals);
  lua_setfield(L, -2, "residuals");
  set_boolean(L, "converged", e->found >= e->k);
  set_integer(L, "found", e->found);
  set_integer(L, "iterations", e->iterations);
  set_integer(L, "applications", a->map.applied);
  lua_pushstring(L, e->dense ? "dense" : "arpack");
  lua_setfield(L, -2, "route");
}

/* ---- extremes ---------------------------------------------------------------------------------*/

static void read_extremes(lua_State *L, const char *fn, ptrdiff_t most, sd_extremes *e, sd_rng at) {
  if (most < 1) lw_error(L, "%s: A is empty and has no such values", fn);
  e->k = (ptrdiff_t)lw_checkint(L, fn, 2, "the number of values", 1, most);
  e->tol = tolerance(L, fn, 3, 1e-12);
  e->maxiter = (long)whole(L, fn, 3, "maxiter", 1000, 1, 1000000000);
  e->at = after_check(at);
}

/* sd.svds(A (m,n), k[, {which="largest"|"smallest", tol=1e-12, maxiter=1000, seed=0}]) -> U (m,k),
 * s (k,1), V (n,k), info: the k extreme singular values, the most extreme first, A V = U diag(s).
 * info has residuals (k,1): some singular value of A is within residuals(j) of s(j); converged;
 * found, which is below k (and so are the sizes above) when it is not; iterations (restarts),
 * applications (columns multiplied) and route, "arpack" or, for small sides, "dense". tol: of
 * spectral.h. */
static int svds(lua_State *L) {
  static const char *const names[] = {"which", "tol", "maxiter", "seed", NULL};
  static const char *const ends[] = {"largest", "smallest", NULL}; /* as the enum */
  const char *fn = "svds";
  lua_settop(L, 3);
  lw_linear *a = lw_pushlinear(L, fn, LW_ADJOINT);
  ptrdiff_t m = a->map.rows, n = a->map.cols;
  sd_extremes e = {0};
  lw_options(L, fn, 3, names);
  sd_rng at = seeded(L, fn, 3);
  read_extremes(L, fn, m < n ? m : n, &e, at);
  e.which = lw_optchoice(L, fn, 3, "which", ends, SD_LARGEST);
  lw_needadjoint(L, a, at);
  int first = lua_gettop(L) + 1;
  sd_mat *r = lw_newmat(L, fn, e.k, 1, SD_F64), *u = lw_newmat(L, fn, m, e.k, SD_F64);
  sd_mat *s = lw_newmat(L, fn, e.k, 1, SD_F64), *v = lw_newmat(L, fn, n, e.k, SD_F64);
  lw_checklinear(L, a, sd_svds(&a->map, &e, u, s, v, r));
  cut(L, fn, first + 1, m, e.found);
  cut(L, fn, first + 2, e.found, 1);
  cut(L, fn, first + 3, n, e.found);
  push_info(L, a, &e, first);
  return 4;
}

/* Pushes {re=, im=} of the matrices at `at` and `at` + 1, cut to that size. */
static void push_pair(lua_State *L, const char *fn, int at, ptrdiff_t rows, ptrdiff_t cols) {
  cut(L, fn, at, rows, cols);
  cut(L, fn, at + 1, rows, cols);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, at);
  lua_setfield(L, -2, "re");
  lua_pushvalue(L, at + 1);
  lua_setfield(L, -2, "im");
}

static int eigs_symmetric(lua_State *L, lw_linear *a, sd_extremes *e) {
  ptrdiff_t n = a->map.rows;
  int first = lua_gettop(L) + 1;
  sd_mat *r = lw_newmat(L, a->fn, e->k, 1, SD_F64), *w = lw_newmat(L, a->fn, e->k, 1, SD_F64);
  sd_mat *v = lw_newmat(L, a->fn, n, e->k, SD_F64);
  lw_checklinear(L, a, sd_eigs_symmetric(&a->map, e, w, v, r));
  cut(L, a->fn, first + 1, e->found, 1);
  cut(L, a->fn, first + 2, n, e->found);
  push_info(L, a, e, first);
  return 3;
}

static int eigs_general(lua_State *L, lw_linear *a, sd_extremes *e) {
  ptrdiff_t n = a->map.rows, k = e->k + 1;
  int first = lua_gettop(L) + 1;
  sd_mat *r = lw_newmat(L, a->fn, k, 1, SD_F64);
  sd_mat *wr = lw_newmat(L, a->fn, k, 1, SD_F64), *wi = lw_newmat(L, a->fn, k, 1, SD_F64);
  sd_mat *vr = lw_newmat(L, a->fn, n, k, SD_F64), *vi = lw_newmat(L, a->fn, n, k, SD_F64);
  lw_checklinear(L, a, sd_eigs_general(&a->map, e, wr, wi, vr, vi, r));
  push_pair(L, a->fn, first + 1, e->found, 1);
  push_pair(L, a->fn, first + 3, n, e->found);
  push_info(L, a, e, first);
  return 3;
}

/* sd.eigs(A (n,n), k[, {which=, symmetric=, tol=1e-12, maxiter=1000, seed=0}]) -> w (k,1), V (n,k),
 * info as of sd.svds. Symmetric A: which is "largest" (default), "smallest", "both" (ends) or
 * "magnitude"; the most extreme first, "both" descending; some eigenvalue is within residuals(j) of
 * w(j). Other A: "magnitude" (default) or "real" (largest real part); w = {re=, im=} and V = {re=,
 * im=}; a conjugate pair is not split, so that there may be k + 1. symmetric: by default what a
 * matrix shows, and for an operator what one random pair of vectors shows; info.symmetric says. */
static int eigs(lua_State *L) {
  static const char *const names[] = {"which", "symmetric", "tol", "maxiter", "seed", NULL};
  static const char *const kinds[] = {"largest",   "smallest", "both",
                                      "magnitude", "real",     NULL}; /* as the enum */
  const char *fn = "eigs";
  lua_settop(L, 3);
  lw_linear *a = lw_pushlinear(L, fn, LW_SQUARE);
  sd_extremes e = {0};
  lw_options(L, fn, 3, names);
  sd_rng at = seeded(L, fn, 3);
  read_extremes(L, fn, a->map.rows, &e, at);
  int said = lw_optbool(L, fn, 3, "symmetric", -1);
  int which = lw_optchoice(L, fn, 3, "which", kinds, -1);
  if (said == 1) lw_needsymmetric(L, a, at);
  int symmetric = said >= 0 ? said : which == SD_REAL ? 0 : lw_issymmetric(L, a, at);
  if (symmetric && which == SD_REAL)
    lw_error(L, "eigs: which = \"real\" is for general maps; of a symmetric one take \"largest\"");
  if (!symmetric && which >= 0 && which < SD_MAGNITUDE)
    lw_error(L, "eigs: which = \"%s\" needs a symmetric map; take \"magnitude\" or \"real\"",
             kinds[which]);
  e.which = which >= 0 ? which : symmetric ? SD_LARGEST : SD_MAGNITUDE;
  int results = symmetric ? eigs_symmetric(L, a, &e) : eigs_general(L, a, &e);
  set_boolean(L, "symmetric", symmetric);
  return results;
}

/* ---- Lanczos ----------------------------------------------------------------------------------*/

/* sd.lanczos(A (n,n) symmetric, steps[, {start= (n,1), basis=false, seed=0}]) -> alpha (j,1), beta
 * (j,1)[, Q (n,j)]: A Q = Q T + beta(j) q e', T tridiagonal with alpha and beta; j < steps when the
 * space closes, and then beta(j) is 0. */
static int lanczos(lua_State *L) {
  static const char *const names[] = {"start", "basis", "seed", NULL};
  const char *fn = "lanczos";
  char got[LW_SHAPE];
  ptrdiff_t done;
  lua_settop(L, 3);
  lw_linear *a = lw_pushlinear(L, fn, LW_SQUARE);
  ptrdiff_t n = a->map.rows;
  lw_options(L, fn, 3, names);
  sd_rng at = seeded(L, fn, 3);
  ptrdiff_t steps = (ptrdiff_t)lw_checkint(L, fn, 2, "the number of steps", 0, n);
  int basis = lw_optbool(L, fn, 3, "basis", 0);
  sd_mat *start = lw_newmat(L, fn, n, 1, SD_F64);
  if (lw_pushoption(L, 3, "start")) {
    const sd_mat *given = lw_testmat(L, -1);
    if (!given || !sd_mat_same_shape(given, start))
      lw_error(L, "lanczos: option 'start' must be a %tdx1 matrix, got %s", n, lw_show(L, -1, got));
    sd_mat_copy(given, start);
    lua_pop(L, 1);
  } else {
    lw_check(L, fn, sd_rng_normal(after_check(at), start));
  }
  if (n > 0) lw_needsymmetric(L, a, at);
  int first = lua_gettop(L) + 1;
  sd_mat *alpha = lw_newmat(L, fn, steps, 1, SD_F64), *beta = lw_newmat(L, fn, steps, 1, SD_F64);
  sd_mat *q = lw_newmat(L, fn, n, steps, SD_F64);
  int status = sd_lanczos(&a->map, start, alpha, beta, q, &done);
  if (status == SD_EARG || (status == SD_ENONFINITE && !sd_mat_finite(start)))
    lw_error(L, "lanczos: option 'start' is %s", status == SD_EARG ? "zero" : "not finite");
  lw_checklinear(L, a, status);
  cut(L, fn, first, done, 1);
  cut(L, fn, first + 1, done, 1);
  cut(L, fn, first + 2, n, done);
  lua_settop(L, first + 1 + basis);
  return 2 + basis;
}

/* sd.spectral_norm(A (m,n)[, {tol=1e-8, maxiter=10000, seed=0}]) -> value, info. value is at most
 * |A|_2 (up to rounding), and some singular value of A is within info.residual of it; converged
 * when that is at most tol value. info.iterations counts Lanczos steps. */
static int spectral_norm(lua_State *L) {
  static const char *const names[] = {"tol", "maxiter", "seed", NULL};
  const char *fn = "spectral_norm";
  sd_norm_estimate out;
  lua_settop(L, 2);
  lw_linear *a = lw_pushlinear(L, fn, LW_ADJOINT);
  lw_options(L, fn, 2, names);
  sd_rng at = seeded(L, fn, 2);
  double tol = tolerance(L, fn, 2, 1e-8);
  long maxiter = (long)whole(L, fn, 2, "maxiter", 10000, 1, 1000000000);
  if (a->map.rows > 0 && a->map.cols > 0) lw_needadjoint(L, a, at);
  lw_checklinear(L, a, sd_spectral_norm(&a->map, tol, maxiter, after_check(at), &out));
  lua_pushnumber(L, out.value);
  lua_createtable(L, 0, 4);
  set_number(L, "residual", out.residual);
  set_boolean(L, "converged", out.converged);
  set_integer(L, "iterations", out.iterations);
  set_integer(L, "applications", a->map.applied);
  return 2;
}

/* ---- densities and traces ---------------------------------------------------------------------*/

/* Adds grid, density, cumulative and width to the table on top; nodes and weights are at stack
 * indices `at`, `at` + 1. The default width, the range of the nodes over the steps, is what that
 * many steps can tell apart; the grid goes four widths beyond the nodes, where 3e-5 of the mass of
 * the outermost may still be. */
static void smooth(lua_State *L, const char *fn, int at, ptrdiff_t steps) {
  const sd_mat *nodes = lw_testmat(L, at), *weights = lw_testmat(L, at + 1);
  double lo = sd_mat_get(nodes, 0, 0), hi = sd_mat_get(nodes, nodes->rows - 1, 0);
  double def = hi > lo ? (hi - lo) / (double)steps : fmax(fabs(hi), 1) * 1e-3;
  double width = lw_optnumber(L, fn, 2, "width", def);
  ptrdiff_t points = (ptrdiff_t)whole(L, fn, 2, "points", 200, 2, 1000000);
  if (!(width > 0 && width < (double)INFINITY))
    lw_error(L, "%s: option 'width' must be a number above 0, got %.6g", fn, width);
  sd_mat *grid = lw_newmat(L, fn, points, 1, SD_F64);
  sd_mat *density = lw_newmat(L, fn, points, 1, SD_F64);
  sd_mat *cumulative = lw_newmat(L, fn, points, 1, SD_F64);
  for (ptrdiff_t k = 0; k < points; k++)
    sd_mat_set(grid, k, 0,
               lo - 4 * width + (hi - lo + 8 * width) * (double)k / (double)(points - 1));
  lw_check(L, fn, sd_density_smooth(nodes, weights, width, grid, density, cumulative));
  lua_setfield(L, -4, "cumulative");
  lua_setfield(L, -3, "density");
  lua_setfield(L, -2, "grid");
  set_number(L, "width", width);
}

/* sd.spectral_density(A (n,n) symmetric[, {steps=min(n,50), probes=10,
 * kind="rademacher"|"gaussian", rng=, points=200, width=}]) -> {nodes=, weights=, grid=, density=,
 * cumulative=, width=, applications=}: the density of the eigenvalues by stochastic Lanczos
 * quadrature. The sum of weights % f(nodes) estimates trace f(A) / n; density and cumulative
 * (points,1) are the nodes smoothed by Gaussians of standard deviation width, on the grid. */
static int spectral_density(lua_State *L) {
  static const char *const names[] = {"steps", "probes", "kind", "rng", "points", "width", NULL};
  const char *fn = "spectral_density";
  ptrdiff_t used;
  lua_settop(L, 2);
  lw_linear *a = lw_pushlinear(L, fn, LW_SQUARE);
  ptrdiff_t n = a->map.rows;
  lw_options(L, fn, 2, names);
  if (n == 0) lw_error(L, "%s: A is empty and has no density", fn);
  ptrdiff_t steps = (ptrdiff_t)whole(L, fn, 2, "steps", n < 50 ? n : 50, 1, n);
  ptrdiff_t probes = (ptrdiff_t)whole(L, fn, 2, "probes", 10, 1, 1000000);
  int kind = probe_kind(L, fn, 2);
  sd_rng at = drawn(L, fn, 2);
  lw_needsymmetric(L, a, at);
  int first = lua_gettop(L) + 1;
  sd_mat *nodes = lw_newmat(L, fn, steps * probes, 1, SD_F64);
  sd_mat *weights = lw_newmat(L, fn, steps * probes, 1, SD_F64);
  lw_checklinear(
      L, a,
      sd_spectral_density(&a->map, kind, steps, probes, after_check(at), nodes, weights, &used));
  cut(L, fn, first, used, 1);
  cut(L, fn, first + 1, used, 1);
  lua_createtable(L, 0, 7);
  smooth(L, fn, first, steps);
  lua_pushvalue(L, first);
  lua_setfield(L, -2, "nodes");
  lua_pushvalue(L, first + 1);
  lua_setfield(L, -2, "weights");
  set_integer(L, "applications", a->map.applied);
  return 1;
}

/* sd.hutchinson(A (n,n)[, {probes=100, kind="rademacher"|"gaussian", rng=}]) -> an unbiased
 * estimate of the trace, its standard error; costs `probes` products */
static int hutchinson(lua_State *L) {
  static const char *const names[] = {"probes", "kind", "rng", NULL};
  const char *fn = "hutchinson";
  double value, error;
  lua_settop(L, 2);
  lw_linear *a = lw_pushlinear(L, fn, LW_SQUARE);
  lw_options(L, fn, 2, names);
  ptrdiff_t probes = (ptrdiff_t)whole(L, fn, 2, "probes", 100, 2, 1000000000);
  int kind = probe_kind(L, fn, 2);
  sd_rng at = drawn(L, fn, 2);
  lw_checklinear(L, a, sd_hutchinson(&a->map, kind, probes, at, &value, &error));
  lua_pushnumber(L, value);
  lua_pushnumber(L, error);
  return 2;
}

/* sd.hutchpp(A (n,n)[, {probes=99, kind=, rng=}]) -> the same by Hutch++, a third of the products
 * for the sketch, a third for the trace on its range, a third for the rest: better than
 * sd.hutchinson where few eigenvalues make up the trace */
static int hutchpp(lua_State *L) {
  static const char *const names[] = {"probes", "kind", "rng", NULL};
  const char *fn = "hutchpp";
  double value, error;
  lua_settop(L, 2);
  lw_linear *a = lw_pushlinear(L, fn, LW_SQUARE);
  lw_options(L, fn, 2, names);
  ptrdiff_t probes = (ptrdiff_t)whole(L, fn, 2, "probes", 99, 6, 1000000000);
  int kind = probe_kind(L, fn, 2);
  sd_rng at = drawn(L, fn, 2);
  lw_checklinear(
      L, a, sd_hutchpp(&a->map, kind, probes / 3, probes - 2 * (probes / 3), at, &value, &error));
  lua_pushnumber(L, value);
  lua_pushnumber(L, error);
  return 2;
}

/* ---- flat matrices, for lua/saddle/spectrum.lua -----------------------------------------------*/

/* gram(A (m,n)) -> A A' (m <= n) or A'A, f64; nil when squares of its elements leave the range */
static int gram(lua_State *L) {
  const char *fn = "spectrum";
  const sd_mat *a = lw_checkmat(L, fn, 1);
  ptrdiff_t r = a->rows < a->cols ? a->rows : a->cols;
  sd_mat *g = lw_newmat(L, fn, r, r, SD_F64);
  int status = sd_gram(a, g);
  if (status == SD_EARG) return 0;
  return status == SD_OK ? 1 : lw_failon(L, fn, status, a, NULL);
}

/* values_qr(A (m,n)) -> s (r,1), defect by checked Cholesky-QR; nil, defect when the check fails;
 * nothing when squares leave the range */
static int values_qr(lua_State *L) {
  const char *fn = "spectrum";
  const sd_mat *a = lw_checkmat(L, fn, 1);
  double defect;
  sd_mat *s = lw_newmat(L, fn, a->rows < a->cols ? a->rows : a->cols, 1, SD_F64);
  int status = sd_svdvals_qr(a, s, &defect);
  if (status == SD_EARG) return 0;
  if (status == SD_ENOCONV) lua_pushnil(L);
  if (status != SD_OK && status != SD_ENOCONV) lw_failon(L, fn, status, a, NULL);
  lua_pushnumber(L, defect);
  return 2;
}

/* finite(A) -> whether no element is NaN or infinite */
static int finite_(lua_State *L) {
  lua_pushboolean(L, sd_mat_finite(lw_checkmat(L, "spectrum", 1)));
  return 1;
}

static const luaL_Reg functions[] = {{"svds", svds},
                                     {"eigs", eigs},
                                     {"lanczos", lanczos},
                                     {"spectral_norm", spectral_norm},
                                     {"spectral_density", spectral_density},
                                     {"hutchinson", hutchinson},
                                     {"hutchpp", hutchpp},
                                     {NULL, NULL}};
static const luaL_Reg services[] = {
    {"gram", gram}, {"values_qr", values_qr}, {"finite", finite_}, {NULL, NULL}};

void lw_open_spectral(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  luaL_newlib(L, services);
  lua_setfield(L, -2, "spectral");
}
