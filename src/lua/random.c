/* sd.rng and the draws of its objects.
 *
 * rng = sd.rng(seed[, stream]); each draw takes one ordinal of the rng, whatever its size. Sizes
 * m, n and options {dtype="f64"|"f32"} come last: without sizes a draw is a number, with them a
 * matrix (m,n). Indices count from 1. */
#include "lw.h"
#include "saddle/rng.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

#define LW_RNG "saddle.rng"

enum { F32_WHOLE = 1 << 24 }; /* whole numbers up to here are f32 numbers */
static const lua_Integer most_whole = (lua_Integer)1 << 53;

static const char *const dtype_only[] = {"dtype", NULL};

/* ---- rng objects ------------------------------------------------------------------------------*/

static sd_rng *check_rng(lua_State *L, const char *fn) {
  sd_rng *rng = luaL_testudata(L, 1, LW_RNG);
  if (rng == NULL) lw_error(L, "%s: call it as rng:%s(...), rng = sd.rng(seed)", fn, fn);
  return rng;
}

static void push_rng(lua_State *L, uint64_t key, uint64_t ordinal) {
  sd_rng *rng = lua_newuserdatauv(L, sizeof *rng, 0);
  rng->key = key;
  rng->ordinal = ordinal;
  luaL_setmetatable(L, LW_RNG);
}

/* The word of a name at arg: a whole number is itself, a string its hash. */
static uint64_t check_name(lua_State *L, const char *fn, int arg, const char *what) {
  char buf[LW_SHAPE];
  size_t n;
  if (lua_type(L, arg) == LUA_TSTRING) {
    const char *s = lua_tolstring(L, arg, &n);
    return sd_rng_hash(s, n);
  }
  if (!lw_isnumber(L, arg))
    lw_error(L, "%s: %s must be a whole number or a string, got %s", fn, what,
             lw_show(L, arg, buf));
  return (uint64_t)lw_checkint(L, fn, arg, what, LUA_MININTEGER, LUA_MAXINTEGER);
}

static uint64_t state_field(lua_State *L, const char *key) {
  if (!lw_pushoption(L, 1, key)) lua_pushnil(L);
  if (!lua_isinteger(L, -1))
    lw_error(L, "rng: a state is {key=, ordinal=} of integers, as rng:state() gives; '%s' is %s",
             key, lw_isnumber(L, -1) ? "a float" : luaL_typename(L, -1));
  uint64_t v = (uint64_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return v;
}

/* No argument may follow number `last`. */
static void no_more(lua_State *L, const char *fn, int last) {
  if (lua_gettop(L) > last)
    lw_error(L, "%s: too many arguments (%d, at most %d)", fn, lua_gettop(L) - 1, last - 1);
}

/* sd.rng(seed[, stream]) -> rng, stream a whole number (default 0) or a string; sd.rng(state) */
static int rng_new(lua_State *L) {
  static const char *const fields[] = {"key", "ordinal", NULL};
  if (lua_istable(L, 1)) {
    lw_options(L, "rng", 1, fields);
    push_rng(L, state_field(L, "key"), state_field(L, "ordinal"));
    return 1;
  }
  uint64_t seed = (uint64_t)lw_checkint(L, "rng", 1, "the seed", LUA_MININTEGER, LUA_MAXINTEGER);
  uint64_t stream = lua_isnoneornil(L, 2) ? 0 : check_name(L, "rng", 2, "the stream");
  push_rng(L, sd_rng_root(seed, stream), 0);
  return 1;
}

/* rng:split(name) -> a child rng, name a whole number or a string; rng does not advance */
static int split(lua_State *L) {
  const sd_rng *rng = check_rng(L, "split");
  push_rng(L, sd_rng_child(rng->key, check_name(L, "split", 2, "the name")), 0);
  return 1;
}

/* rng:clone() -> an rng that draws what this one would */
static int clone(lua_State *L) {
  const sd_rng *rng = check_rng(L, "clone");
  push_rng(L, rng->key, rng->ordinal);
  return 1;
}

/* rng:state() -> {key=, ordinal=}, integers, for sd.rng(state) */
static int state(lua_State *L) {
  const sd_rng *rng = check_rng(L, "state");
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)rng->key);
  lua_setfield(L, -2, "key");
  lua_pushinteger(L, (lua_Integer)rng->ordinal);
  lua_setfield(L, -2, "ordinal");
  return 1;
}

/* tostring(rng) */
static int tostring(lua_State *L) {
  char text[80];
  const sd_rng *rng = check_rng(L, "tostring");
  snprintf(text, sizeof text, "rng(key 0x%016llx, draw %llu)", (unsigned long long)rng->key,
           (unsigned long long)rng->ordinal);
  lua_pushstring(L, text);
  return 1;
}

/* ---- what all draws share ---------------------------------------------------------------------*/

/* Where a draw goes: a number's cell, or a new matrix at the top of the stack. */
typedef struct target {
  sd_mat out;
  double cell;
  int number;
} target;

/* Reads [m, n[, options]] at arg and creates the target. `whole` is the largest whole number that
 * the draw may give, checked against f32. t stays where it is: out may point into it. */
static void open_target(lua_State *L, const char *fn, int arg, target *t, lua_Integer whole) {
  t->number = lua_gettop(L) < arg;
  if (t->number) {
    t->out = sd_mat_over(1, 1, SD_F64, &t->cell);
    return;
  }
  if (lua_istable(L, arg)) lw_error(L, "%s: options come after the sizes: (m, n, options)", fn);
  ptrdiff_t m = lw_checkdim(L, fn, arg, "the number of rows");
  ptrdiff_t n = lw_checkdim(L, fn, arg + 1, "the number of columns");
  no_more(L, fn, arg + 2);
  lw_options(L, fn, arg + 2, dtype_only);
  int dtype = lw_optdtype(L, fn, arg + 2, SD_F64);
  if (dtype == SD_F32 && whole > F32_WHOLE)
    lw_error(L, "%s: f32 holds whole numbers up to %d, not %lld", fn, F32_WHOLE, (long long)whole);
  t->out = *lw_newmat(L, fn, m, n, dtype);
}

/* Advances the rng and leaves the draw on the stack, an index as an integer. */
static int close_target(lua_State *L, const char *fn, sd_rng *rng, const target *t, int status,
                        int index) {
  if (status != SD_OK) lw_fail(L, fn, status);
  rng->ordinal++;
  if (t->number && index)
    lua_pushinteger(L, (lua_Integer)t->cell);
  else if (t->number)
    lua_pushnumber(L, t->cell);
  return 1;
}

/* rng:fn([m, n[, options]]) for a distribution without parameters */
static int plain(lua_State *L, const char *fn, int (*draw)(sd_rng, sd_mat *)) {
  target t;
  sd_rng *rng = check_rng(L, fn);
  open_target(L, fn, 2, &t, 0);
  return close_target(L, fn, rng, &t, draw(*rng, &t.out), 0);
}

/* ---- distributions ----------------------------------------------------------------------------*/

/* rng:rand([m, n]) -> uniform on [0,1) */
static int uniform(lua_State *L) { return plain(L, "rand", sd_rng_uniform); }
/* rng:randn([m, n]) -> standard normal */
static int normal(lua_State *L) { return plain(L, "randn", sd_rng_normal); }
/* rng:rademacher([m, n]) -> 1 or -1 */
static int rademacher(lua_State *L) { return plain(L, "rademacher", sd_rng_rademacher); }

/* rng:randint(hi[, m, n]) -> whole numbers, uniform on 1..hi */
static int randint(lua_State *L) {
  target t;
  sd_rng *rng = check_rng(L, "randint");
  lua_Integer hi = lw_checkint(L, "randint", 2, "the upper end", 1, most_whole);
  open_target(L, "randint", 3, &t, hi);
  return close_target(L, "randint", rng, &t, sd_rng_randint(*rng, (uint64_t)hi, &t.out), 1);
}

/* rng:bernoulli(p[, m, n]) -> 1 with probability p, else 0; rng:bernoulli(P (m,n)) -> (m,n) */
static int bernoulli(lua_State *L) {
  char buf[LW_SHAPE];
  target t;
  double cell;
  sd_rng *rng = check_rng(L, "bernoulli");
  sd_mat p;
  if (!lw_isnumber(L, 2) && lw_testmat(L, 2) == NULL)
    lw_error(L, "bernoulli: p must be a number or a matrix of probabilities, got %s",
             lw_show(L, 2, buf));
  p = lw_checkoperand(L, "bernoulli", 2, &cell);
  for (ptrdiff_t j = 0; j < p.cols; j++)
    for (ptrdiff_t i = 0; i < p.rows; i++) {
      double v = sd_mat_get(&p, i, j);
      if (!(v >= 0 && v <= 1))
        lw_error(L, "bernoulli: p must be in 0..1, got %s", lw_number(v, buf));
    }
  if (lw_testmat(L, 2) != NULL && lua_gettop(L) == 2) { /* P gives the shape */
    t.number = 0;
    t.out = *lw_newmat(L, "bernoulli", p.rows, p.cols, p.dtype);
  } else if (p.rows != 1 || p.cols != 1)
    lw_error(L, "bernoulli: a matrix p (%tdx%td) gives the shape; leave the sizes out", p.rows,
             p.cols);
  else
    open_target(L, "bernoulli", 3, &t, 0);
  return close_target(L, "bernoulli", rng, &t, sd_rng_bernoulli(*rng, &p, &t.out), 0);
}

/* The weights at arg, a matrix or a list, as a column of doubles; a list's are pushed as scratch. */
static sd_mat check_weights(lua_State *L, const char *fn, int arg) {
  const sd_mat *given = lw_testmat(L, arg);
  double total = 0;
  char buf[LW_SHAPE];
  sd_mat w;
  if (given == NULL && !lua_istable(L, arg))
    lw_error(L, "%s: the weights must be a matrix or a list, got %s", fn, lw_show(L, arg, buf));
  ptrdiff_t n = given ? given->rows * given->cols : (ptrdiff_t)lua_rawlen(L, arg);
  w = given ? *given : sd_mat_over(n, 1, SD_F64, lw_scratch(L, fn, (size_t)n, sizeof(double)));
  for (ptrdiff_t k = 0; k < n; k++) {
    if (given == NULL) {
      if (lua_rawgeti(L, arg, (lua_Integer)k + 1) != LUA_TNUMBER)
        lw_error(L, "%s: weight %td must be a number, got %s", fn, k + 1, lw_show(L, -1, buf));
      sd_mat_set(&w, k, 0, lua_tonumber(L, -1));
      lua_pop(L, 1);
    }
    double v = sd_mat_get(&w, k % w.rows, k / w.rows);
    if (!(v >= 0 && v < HUGE_VAL))
      lw_error(L, "%s: weight %td must be finite and not negative, got %s", fn, k + 1,
               lw_number(v, buf));
    if (v > total) total = v;
  }
  if (n == 0) lw_error(L, "%s: needs at least one weight", fn);
  if (!(total > 0)) lw_error(L, "%s: all %td weights are 0", fn, n);
  return w;
}

/* rng:categorical(w[, m, n]) -> indices, k with probability w(k)/sum(w); w a matrix or a list */
static int categorical(lua_State *L) {
  target t;
  sd_rng *rng = check_rng(L, "categorical");
  int top = lua_gettop(L);
  sd_mat w = check_weights(L, "categorical", 2);
  if (lua_gettop(L) > top) lua_replace(L, 2); /* the scratch stays alive in the list's place */
  open_target(L, "categorical", 3, &t, w.rows * w.cols);
  return close_target(L, "categorical", rng, &t, sd_rng_categorical(*rng, &w, &t.out), 1);
}

static int gamma_law(lua_State *L, const char *fn, const char *what, double half) {
  char buf[LW_SHAPE];
  target t;
  sd_rng *rng = check_rng(L, fn);
  double v = lw_checknumber(L, fn, 2, what);
  if (!(v > 0 && v <= 1e12))
    lw_error(L, "%s: %s must be above 0 and at most 1e12, got %s", fn, what, lw_number(v, buf));
  double shape = v * half > 0 ? v * half : v; /* the smallest double has no half */
  open_target(L, fn, 3, &t, 0);
  return close_target(L, fn, rng, &t, sd_rng_gamma(*rng, shape, 1 / half, &t.out), 0);
}

/* rng:gamma(shape[, m, n]) -> gamma of that shape, scale 1 */
static int gamma_draw(lua_State *L) { return gamma_law(L, "gamma", "the shape", 1); }
/* rng:chi2(df[, m, n]) -> chi-squared with df degrees of freedom */
static int chi2(lua_State *L) { return gamma_law(L, "chi2", "the degrees of freedom", 0.5); }

/* rng:truncated_normal(lo, hi[, m, n]) -> standard normal given that it is in [lo,hi] */
static int truncated_normal(lua_State *L) {
  static const char *const fn = "truncated_normal";
  char from[LW_SHAPE], to[LW_SHAPE];
  target t;
  sd_rng *rng = check_rng(L, fn);
  double lo = lw_checknumber(L, fn, 2, "the lower end");
  double hi = lw_checknumber(L, fn, 3, "the upper end");
  if (!(lo < hi) || lo == HUGE_VAL || hi == -HUGE_VAL)
    lw_error(L, "%s: needs lo < hi, got [%s, %s]", fn, lw_number(lo, from), lw_number(hi, to));
  open_target(L, fn, 4, &t, 0);
  return close_target(L, fn, rng, &t, sd_rng_truncated_normal(*rng, lo, hi, &t.out), 0);
}

/* ---- columns and matrices ---------------------------------------------------------------------*/

/* Sizes (m[, n[, options]]) from argument 2 on; n is `def` when absent, or m when def is -1. */
static void open_shape(lua_State *L, const char *fn, target *t, ptrdiff_t def) {
  ptrdiff_t m = lw_checkdim(L, fn, 2, "the number of rows");
  int given = lua_gettop(L) > 2 && !lua_istable(L, 3), options = given ? 4 : 3;
  ptrdiff_t n = def >= 0 ? def : m;
  if (given) n = lw_checkdim(L, fn, 3, "the number of columns");
  no_more(L, fn, options);
  lw_options(L, fn, options, dtype_only);
  t->number = 0;
  t->out = sd_mat_over(m, n, lw_optdtype(L, fn, options, SD_F64), NULL);
}

/* rng:sphere(m[, n]) -> (m,n), columns uniform on the unit sphere; n is 1 when left out */
static int sphere(lua_State *L) {
  target t;
  sd_rng *rng = check_rng(L, "sphere");
  open_shape(L, "sphere", &t, 1);
  t.out = *lw_newmat(L, "sphere", t.out.rows, t.out.cols, t.out.dtype);
  return close_target(L, "sphere", rng, &t, sd_rng_sphere(*rng, &t.out), 0);
}

/* rng:orthogonal(m[, n]) -> (m,n), orthonormal columns, Haar; n is m when left out */
static int orthogonal(lua_State *L) {
  target t;
  sd_rng *rng = check_rng(L, "orthogonal");
  open_shape(L, "orthogonal", &t, -1);
  if (t.out.rows < t.out.cols)
    lw_error(L,
             "orthogonal: a %tdx%td matrix cannot have orthonormal columns; "
             "rng:orthogonal(%td, %td):t() has orthonormal rows",
             t.out.rows, t.out.cols, t.out.cols, t.out.rows);
  t.out = *lw_newmat(L, "orthogonal", t.out.rows, t.out.cols, t.out.dtype);
  return close_target(L, "orthogonal", rng, &t, sd_rng_orthogonal(*rng, &t.out), 0);
}

/* ---- indices ----------------------------------------------------------------------------------*/

/* rng:permutation(n) -> (1,n), 1..n in random order */
static int permutation(lua_State *L) {
  target t = {.number = 0};
  sd_rng *rng = check_rng(L, "permutation");
  lua_Integer n = lw_checkdim(L, "permutation", 2, "the length");
  no_more(L, "permutation", 2);
  t.out = *lw_newmat(L, "permutation", 1, n, SD_F64);
  return close_target(L, "permutation", rng, &t, sd_rng_choice(*rng, (uint64_t)n, &t.out), 0);
}

/* rng:choice(n, k) -> (1,k), k distinct of 1..n in random order */
static int choice(lua_State *L) {
  target t = {.number = 0};
  sd_rng *rng = check_rng(L, "choice");
  lua_Integer n = lw_checkint(L, "choice", 2, "the number to choose from", 0, most_whole);
  lua_Integer k = lw_checkint(L, "choice", 3, "the number to choose", 0, most_whole);
  no_more(L, "choice", 3);
  if (k > n) lw_error(L, "choice: cannot choose %lld distinct of %lld", (long long)k, (long long)n);
  t.out = *lw_newmat(L, "choice", 1, k, SD_F64);
  return close_target(L, "choice", rng, &t, sd_rng_choice(*rng, (uint64_t)n, &t.out), 0);
}

/* rng:minibatch(n, B, t) -> (1,B), batch t = 1, 2, ... of distinct indices from shuffled epochs of
 * 1..n; a function of the rng's key and t: rng does not advance */
static int minibatch(lua_State *L) {
  const sd_rng *rng = check_rng(L, "minibatch");
  lua_Integer n = lw_checkint(L, "minibatch", 2, "the number of samples", 1, most_whole);
  lua_Integer size = lw_checkint(L, "minibatch", 3, "the batch size", 1, most_whole);
  lua_Integer t = lw_checkint(L, "minibatch", 4, "the batch number", 1, most_whole);
  no_more(L, "minibatch", 4);
  if (size > n)
    lw_error(L, "minibatch: a batch of %lld does not fit in %lld samples", (long long)size,
             (long long)n);
  sd_mat *out = lw_newmat(L, "minibatch", 1, size, SD_F64);
  int status = sd_rng_minibatch(rng->key, (uint64_t)n, (uint64_t)t - 1, out);
  return status == SD_OK ? 1 : lw_fail(L, "minibatch", status);
}

/* ---- the table --------------------------------------------------------------------------------*/

static const luaL_Reg methods[] = {{"split", split},
                                   {"clone", clone},
                                   {"state", state},
                                   {"rand", uniform},
                                   {"randn", normal},
                                   {"rademacher", rademacher},
                                   {"randint", randint},
                                   {"bernoulli", bernoulli},
                                   {"categorical", categorical},
                                   {"gamma", gamma_draw},
                                   {"chi2", chi2},
                                   {"truncated_normal", truncated_normal},
                                   {"sphere", sphere},
                                   {"orthogonal", orthogonal},
                                   {"permutation", permutation},
                                   {"choice", choice},
                                   {"minibatch", minibatch},
                                   {NULL, NULL}};

/* rng.name: a method (upvalue 1 holds them), or an error with the nearest name. */
static int index_method(lua_State *L) {
  const char *names[sizeof methods / sizeof *methods];
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) names[i] = methods[i].name;
  if (lua_type(L, 2) != LUA_TSTRING) lw_error(L, "rng: methods are called rng:randn(m, n)");
  const char *near = lw_nearest(lua_tostring(L, 2), names);
  lw_error(L, "rng: no method '%s'%s%s%s", lua_tostring(L, 2), near ? " (did you mean '" : "",
           near ? near : "", near ? "'?)" : "");
}

/* rng.x = v */
static int refuse_newindex(lua_State *L) {
  lw_error(L, "rng: fields cannot be assigned; sd.rng{key=, ordinal=} makes an rng of a state");
}

void lw_open_random(lua_State *L) {
  lua_pushcfunction(L, rng_new);
  lua_setfield(L, -2, "rng");
  luaL_newmetatable(L, LW_RNG);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, index_method, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse_newindex);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, LW_RNG);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
