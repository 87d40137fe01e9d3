/* Linear maps as arguments: matrices, and operators whose products are Lua functions.
 *
 * The core calls the functions through sd_linear, each call protected (lw_protect). They get a
 * matrix of columns of their own and give one; a number will do for 1x1. A result in f32 raises the
 * rounding that checks allow for. */
#include "lw.h"
#include "saddle/linalg.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>
#include <stdio.h>

static const char maps_key; /* in the registry: a weak table from lw_linear to its userdata */

enum { MATVEC = 1, RMATVEC = 2 }; /* user values; of a matrix the first is its f64 form */

typedef struct job {
  lw_linear *of;
  int transposed;
  const sd_mat *x;
  sd_mat *y;
} job;

static int protected_product(lua_State *L) {
  const job *j = lua_touserdata(L, 1);
  const char *name = j->transposed ? "rmatvec" : "matvec";
  char got[LW_SHAPE], want[LW_SHAPE];
  double cell;
  lw_pushweak(L, &maps_key, "v");
  lua_rawgetp(L, -1, j->of);
  lua_getiuservalue(L, -1, j->transposed ? RMATVEC : MATVEC);
  sd_mat_copy(j->x, lw_newmat(L, j->of->fn, j->x->rows, j->x->cols, SD_F64));
  lua_call(L, 1, 1);
  if (!lw_testmat(L, -1) && !lw_isnumber(L, -1))
    lw_error(L, "%s: %s must give a matrix, got %s", j->of->fn, name, lw_show(L, -1, got));
  sd_mat made = lw_checkoperand(L, j->of->fn, lua_gettop(L), &cell);
  if (!sd_mat_same_shape(&made, j->y))
    lw_error(L, "%s: %s gave %s for a matrix of %s, expected %s", j->of->fn, name,
             lw_shape(&made, got), lw_shape(j->x, (char[LW_SHAPE]){0}), lw_shape(j->y, want));
  if (made.dtype == SD_F32) j->of->map.eps = FLT_EPSILON;
  if (!sd_mat_finite(&made)) lw_error(L, "%s: %s gave NaN or infinite elements", j->of->fn, name);
  sd_mat_copy(&made, j->y);
  return 0;
}

static int apply(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  job j = {ctx, transposed, x, y};
  return lw_protect(j.of->host, protected_product, &j);
}

/* The size at `key` of the operator at argument 1. */
static ptrdiff_t size_at(lua_State *L, const char *fn, const char *key) {
  char what[LW_SHAPE];
  snprintf(what, sizeof what, "the operator's field '%s'", key);
  if (!lw_pushoption(L, 1, key)) lua_pushnil(L);
  ptrdiff_t n = lw_checkdim(L, fn, lua_gettop(L), what);
  lua_pop(L, 1);
  return n;
}

/* Puts the function at `key` into user value `slot` of the userdata on top. */
static void set_product(lua_State *L, const char *fn, const char *key, int slot, int needed) {
  char got[LW_SHAPE];
  if (!lw_pushoption(L, 1, key)) {
    if (needed)
      lw_error(L, "%s: the operator has no '%s' (it is {rows=, cols=, matvec=, rmatvec=})", fn,
               key);
    return;
  }
  if (!lw_iscallable(L, lua_gettop(L)))
    lw_error(L, "%s: the operator's field '%s' must be a function, got %s", fn, key,
             lw_show(L, -1, got));
  lua_setiuservalue(L, -2, slot);
}

static void take_operator(lua_State *L, lw_linear *a, int needs) {
  static const char *const names[] = {"rows", "cols", "matvec", "rmatvec", NULL};
  lw_options(L, a->fn, 1, names);
  a->map =
      (sd_linear){size_at(L, a->fn, "rows"), size_at(L, a->fn, "cols"), apply, a, DBL_EPSILON, 0};
  set_product(L, a->fn, "matvec", MATVEC, 1);
  set_product(L, a->fn, "rmatvec", RMATVEC, (needs & LW_ADJOINT) != 0);
}

static void take_matrix(lua_State *L, lw_linear *a) {
  const sd_mat *given = lw_testmat(L, 1);
  if (!sd_mat_finite(given)) lw_failon(L, a->fn, SD_ENONFINITE, given, NULL);
  a->m = *given;
  a->formed = 1;
  if (given->dtype == SD_F64) {
    lua_pushvalue(L, 1);
  } else {
    sd_mat *wide = lw_newmat(L, a->fn, given->rows, given->cols, SD_F64);
    sd_mat_copy(given, wide);
    a->m = *wide;
  }
  lua_setiuservalue(L, -2, MATVEC);
  a->map = sd_linear_of(&a->m);
}

lw_linear *lw_pushlinear(lua_State *L, const char *fn, int needs) {
  char shape[LW_SHAPE];
  lw_nosymbol(L, fn, 1, "it iterates on values; call it outside of the traced function");
  lw_host *host = lw_hostof(L);
  lw_linear *a = lua_newuserdatauv(L, sizeof *a, 2);
  *a = (lw_linear){.host = host, .fn = fn};
  if (lw_testmat(L, 1))
    take_matrix(L, a);
  else if (lua_istable(L, 1))
    take_operator(L, a, needs);
  else
    lw_argerror(L, fn, 1, "a matrix or an operator {rows=, cols=, matvec=, rmatvec=}");
  if ((needs & LW_SQUARE) && a->map.rows != a->map.cols) {
    sd_mat size = {.rows = a->map.rows, .cols = a->map.cols};
    lw_error(L, "%s: A must be square, got %s", fn, lw_shape(&size, shape));
  }
  lw_pushweak(L, &maps_key, "v");
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, a);
  lua_pop(L, 1);
  return a;
}

void lw_checklinear(lua_State *L, lw_linear *a, int status) {
  if (status == SD_OK) return;
  if (status == SD_ENONFINITE)
    lw_error(L, "%s: products with A overflow: its elements are too large", a->fn);
  if (status == SD_EARG && sd_extremes_busy())
    lw_error(L,
             "%s: another solve is under way, whose operator makes this call; ARPACK cannot be "
             "entered twice (sd.svd and sd.eigh of a formed matrix can)",
             a->fn);
  if (status == SD_ETOOBIG) {
    sd_mat size = {.rows = a->map.rows, .cols = a->map.cols};
    lw_failon(L, a->fn, status, &size, NULL);
  }
  lw_fail(L, a->fn, status);
}

/* As sd_linear_adjoint; raises what is neither agreement nor a miss. */
static int adjoint(lua_State *L, lw_linear *a, int self, sd_rng at, double *miss) {
  int status = sd_linear_adjoint(&a->map, self, at, miss);
  if (status != SD_EARG) lw_checklinear(L, a, status);
  return status == SD_OK;
}

int lw_issymmetric(lua_State *L, lw_linear *a, sd_rng at) {
  ptrdiff_t i, j;
  double miss;
  if (a->formed) return sd_check_symmetric(1e-10, &a->m, &i, &j) == SD_OK;
  return adjoint(L, a, 1, at, &miss);
}

void lw_needsymmetric(lua_State *L, lw_linear *a, sd_rng at) {
  ptrdiff_t i, j;
  double miss;
  if (a->formed) {
    if (sd_check_symmetric(1e-10, &a->m, &i, &j) == SD_OK) return;
    lw_error(L, "%s: A is not symmetric: |A(%td,%td) - A(%td,%td)| is %.6g", a->fn, i + 1, j + 1,
             j + 1, i + 1, fabs(sd_mat_get(&a->m, i, j) - sd_mat_get(&a->m, j, i)));
  }
  if (!adjoint(L, a, 1, at, &miss))
    lw_error(L,
             "%s: the operator is not symmetric: <A*v, u> - <v, A*u> is %.2g of "
             "|A*v| |u| + |v| |A*u| for random u, v",
             a->fn, miss);
}

void lw_needadjoint(lua_State *L, lw_linear *a, sd_rng at) {
  double miss;
  if (a->formed || adjoint(L, a, 0, at, &miss)) return;
  lw_error(L,
           "%s: rmatvec is not the transpose of matvec: <matvec(v), u> - <v, rmatvec(u)> is %.2g "
           "of |matvec(v)| |u| + |v| |rmatvec(u)| for random u, v",
           a->fn, miss);
}
