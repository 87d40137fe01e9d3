/* sd.rng and the draws of its objects.
 *
 * rng = sd.rng(seed[, stream]); each draw takes one ordinal of the rng, whatever its size. Sizes
 * m, n and options {dtype="f64"|"f32"} come last: without sizes a draw is a number, with them a
 * matrix (m,n). Indices count from 1.
 *
 * A traced rng has the same methods; its draws are recorded, each with its place after the rng that
 * came in, and give the numbers that the eager ones would. */
#include "lw.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

static const lua_Integer most_whole = (lua_Integer)1 << 53;

static const char *const dtype_only[] = {"dtype", NULL};

/* ---- rng objects ------------------------------------------------------------------------------*/

lw_rng *lw_testrng(lua_State *L, int arg) {
  return lw_class(L, arg) == LW_IS_RNG ? lua_touserdata(L, arg) : NULL;
}

lw_rng *lw_pushrng(lua_State *L, sd_rng at) {
  lw_rng *rng = lua_newuserdatauv(L, sizeof *rng, 0);
  *rng = (lw_rng){at, NULL, 0};
  luaL_setmetatable(L, LW_RNG);
  return rng;
}

static lw_rng *check_rng(lua_State *L, const char *fn) {
  lw_rng *rng = lw_testrng(L, 1);
  if (rng == NULL) lw_error(L, "%s: call it as rng:%s(...), rng = sd.rng(seed)", fn, fn);
  return rng;
}

/* As check_rng, for what draws: an rng from outside the function that is being traced would give
 * the same numbers in every run. */
static lw_rng *check_source(lua_State *L, const char *fn) {
  lw_rng *rng = check_rng(L, fn);
  const lw_graph *graph = lw_pushcurrent(L);
  if (graph) lua_pop(L, 1);
  if (rng->of && !rng->of->open)
    lw_error(L, "%s: this rng belongs to a function that has been traced", fn);
  if (graph && graph->body && rng->of != graph)
    lw_error(L, "%s: this rng comes from outside the loop; make it a field of the state", fn);
  if (graph && rng->of == NULL)
    lw_error(L,
             "%s: this rng was captured by a function that is being compiled; pass it as an "
             "argument",
             fn);
  return rng;
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
    uint64_t key = state_field(L, "key"), ordinal = state_field(L, "ordinal");
    lw_pushrng(L, (sd_rng){key, ordinal});
    return 1;
  }
  uint64_t seed = (uint64_t)lw_checkint(L, "rng", 1, "the seed", LUA_MININTEGER, LUA_MAXINTEGER);
  uint64_t stream = lua_isnoneornil(L, 2) ? 0 : check_name(L, "rng", 2, "the stream");
  lw_pushrng(L, (sd_rng){sd_rng_root(seed, stream), 0});
  return 1;
}

/* rng:split(name) -> a child rng, name a whole number or a string; rng does not advance */
static int split(lua_State *L) {
  check_rng(L, "split");
  sd_attr attr = {.k = {(int64_t)check_name(L, "split", 2, "the name")}};
  return lw_apply(L, &sd_op_rng_child, &attr, 1, 1);
}

/* rng:clone() -> an rng that draws what this one would */
static int clone(lua_State *L) {
  const lw_rng *rng = check_rng(L, "clone");
  lw_rng *copy = lua_newuserdatauv(L, sizeof *copy, rng->of ? 1 : 0);
  *copy = *rng;
  if (rng->of) {
    lua_getiuservalue(L, 1, 1);
    lua_setiuservalue(L, -2, 1);
  }
  luaL_setmetatable(L, LW_RNG);
  return 1;
}

/* rng:state() -> {key=, ordinal=}, integers, for sd.rng(state) */
static int state(lua_State *L) {
  const lw_rng *rng = check_rng(L, "state");
  if (rng->of)
    lw_error(L,
             "state: needs a value, which a traced rng does not have yet; return the rng itself");
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)rng->at.key);
  lua_setfield(L, -2, "key");
  lua_pushinteger(L, (lua_Integer)rng->at.ordinal);
  lua_setfield(L, -2, "ordinal");
  return 1;
}

/* tostring(rng) */
static int tostring(lua_State *L) {
  char text[80];
  const lw_rng *rng = check_rng(L, "tostring");
  if (rng->of)
    snprintf(text, sizeof text, "rng(traced, draw %llu)", (unsigned long long)rng->at.ordinal);
  else
    snprintf(text, sizeof text, "rng(key 0x%016llx, draw %llu)", (unsigned long long)rng->at.key,
             (unsigned long long)rng->at.ordinal);
  lua_pushstring(L, text);
  return 1;
}

/* ---- what all draws share ---------------------------------------------------------------------*/

/* Raises when one of the arguments from `first` on is a symbol. */
static void refuse_symbols(lua_State *L, const char *fn, int first) {
  if (lw_anysymbol(L, first, lua_gettop(L) + 1 - first))
    lw_error(L,
             "%s: sizes and parameters must be plain numbers; a symbol has no value until the "
             "function runs",
             fn);
}

/* attr->k[0..3] <- the type that [m, n[, options]] at arg ask for: a number without sizes; 1 when
 * there are sizes. */
static int check_sizes(lua_State *L, const char *fn, int arg, sd_attr *attr) {
  int given = lua_gettop(L) >= arg;
  int64_t *k = attr->k;
  k[0] = k[1] = k[3] = 1;
  k[2] = SD_F64;
  if (!given) return 0;
  refuse_symbols(L, fn, arg);
  if (lua_istable(L, arg)) lw_error(L, "%s: options come after the sizes: (m, n, options)", fn);
  k[0] = lw_checkdim(L, fn, arg, "the number of rows");
  k[1] = lw_checkdim(L, fn, arg + 1, "the number of columns");
  no_more(L, fn, arg + 2);
  lw_options(L, fn, arg + 2, dtype_only);
  k[2] = lw_optdtype(L, fn, arg + 2, SD_F64);
  k[3] = 0;
  return 1;
}

/* Draws with the rng at 1 and the nargs - 1 values after it, and advances the rng. */
static int draw(lua_State *L, int law, const sd_attr *attr, int nargs) {
  lw_rng *rng = lw_testrng(L, 1);
  lw_apply(L, &sd_draw_ops[law], attr, 1, nargs);
  rng->at.ordinal++;
  return 1;
}

/* As draw, of indices: a number is an integer. */
static int draw_index(lua_State *L, int law, const sd_attr *attr, int nargs) {
  draw(L, law, attr, nargs);
  if (lw_isnumber(L, -1)) lua_pushinteger(L, (lua_Integer)lua_tonumber(L, -1));
  return 1;
}

/* rng:fn([m, n[, options]]) for a distribution without parameters */
static int plain(lua_State *L, const char *fn, int law) {
  sd_attr attr = {.p = {0}};
  check_source(L, fn);
  check_sizes(L, fn, 2, &attr);
  return draw(L, law, &attr, 1);
}

/* ---- distributions ----------------------------------------------------------------------------*/

/* rng:rand([m, n]) -> uniform on [0,1) */
static int uniform(lua_State *L) { return plain(L, "rand", SD_DRAW_RAND); }
/* rng:randn([m, n]) -> standard normal */
static int normal(lua_State *L) { return plain(L, "randn", SD_DRAW_RANDN); }
/* rng:rademacher([m, n]) -> 1 or -1 */
static int rademacher(lua_State *L) { return plain(L, "rademacher", SD_DRAW_RADEMACHER); }

/* rng:randint(hi[, m, n]) -> whole numbers, uniform on 1..hi */
static int randint(lua_State *L) {
  sd_attr attr = {.p = {0}};
  check_source(L, "randint");
  refuse_symbols(L, "randint", 2);
  attr.k[5] = lw_checkint(L, "randint", 2, "the upper end", 1, most_whole);
  check_sizes(L, "randint", 3, &attr);
  return draw_index(L, SD_DRAW_RANDINT, &attr, 1);
}

/* rng:bernoulli(p[, m, n]) -> 1 with probability p, else 0; rng:bernoulli(P (m,n)) -> (m,n) */
static int bernoulli(lua_State *L) {
  char buf[LW_SHAPE];
  sd_attr attr = {.p = {0}};
  sd_type p;
  check_source(L, "bernoulli");
  if (!lw_typeof(L, 2, &p))
    lw_error(L, "bernoulli: p must be a number or a matrix of probabilities, got %s",
             lw_show(L, 2, buf));
  attr.k[5] = check_sizes(L, "bernoulli", 3, &attr);
  return draw(L, SD_DRAW_BERNOULLI, &attr, 2);
}

/* The list of weights at arg becomes a column. */
static void list_weights(lua_State *L, const char *fn, int arg) {
  char buf[LW_SHAPE];
  ptrdiff_t n = (ptrdiff_t)lua_rawlen(L, arg);
  sd_mat *w = lw_newmat(L, fn, n, 1, SD_F64);
  for (ptrdiff_t k = 0; k < n; k++) {
    if (lua_rawgeti(L, arg, (lua_Integer)k + 1) != LUA_TNUMBER)
      lw_error(L, "%s: weight %td must be a number, got %s", fn, k + 1, lw_show(L, -1, buf));
    sd_mat_set(w, k, 0, lua_tonumber(L, -1));
    lua_pop(L, 1);
  }
  lua_replace(L, arg);
}

/* rng:categorical(w[, m, n]) -> indices, k with probability w(k)/sum(w); w a matrix or a list */
static int categorical(lua_State *L) {
  char buf[LW_SHAPE];
  sd_attr attr = {.p = {0}};
  check_source(L, "categorical");
  if (lua_istable(L, 2))
    list_weights(L, "categorical", 2);
  else if (!lw_testmat(L, 2) && !lw_testsymbol(L, 2))
    lw_error(L, "categorical: the weights must be a matrix or a list, got %s", lw_show(L, 2, buf));
  check_sizes(L, "categorical", 3, &attr);
  return draw_index(L, SD_DRAW_CATEGORICAL, &attr, 2);
}

static int gamma_law(lua_State *L, const char *fn, const char *what, int law) {
  char buf[LW_SHAPE];
  sd_attr attr = {.p = {0}};
  check_source(L, fn);
  refuse_symbols(L, fn, 2);
  double v = lw_checknumber(L, fn, 2, what);
  if (!(v > 0 && v <= 1e12))
    lw_error(L, "%s: %s must be above 0 and at most 1e12, got %s", fn, what, lw_number(v, buf));
  attr.p[0] = v;
  check_sizes(L, fn, 3, &attr);
  return draw(L, law, &attr, 1);
}

/* rng:gamma(shape[, m, n]) -> gamma of that shape, scale 1 */
static int gamma_draw(lua_State *L) { return gamma_law(L, "gamma", "the shape", SD_DRAW_GAMMA); }
/* rng:chi2(df[, m, n]) -> chi-squared with df degrees of freedom */
static int chi2(lua_State *L) {
  return gamma_law(L, "chi2", "the degrees of freedom", SD_DRAW_CHI2);
}

/* rng:truncated_normal(lo, hi[, m, n]) -> standard normal given that it is in [lo,hi] */
static int truncated_normal(lua_State *L) {
  static const char *const fn = "truncated_normal";
  char from[LW_SHAPE], to[LW_SHAPE];
  sd_attr attr = {.p = {0}};
  check_source(L, fn);
  refuse_symbols(L, fn, 2);
  double lo = attr.p[0] = lw_checknumber(L, fn, 2, "the lower end");
  double hi = attr.p[1] = lw_checknumber(L, fn, 3, "the upper end");
  if (!(lo < hi) || lo == HUGE_VAL || hi == -HUGE_VAL)
    lw_error(L, "%s: needs lo < hi, got [%s, %s]", fn, lw_number(lo, from), lw_number(hi, to));
  check_sizes(L, fn, 4, &attr);
  return draw(L, SD_DRAW_TRUNCATED_NORMAL, &attr, 1);
}

/* ---- columns and matrices ---------------------------------------------------------------------*/

/* Draws sizes (m[, n[, options]]) from argument 2 on; n is `def` when absent, or m when def is
 * -1. */
static int draw_columns(lua_State *L, const char *fn, int law, int64_t def) {
  sd_attr attr = {.p = {0}};
  check_source(L, fn);
  refuse_symbols(L, fn, 2);
  int64_t m = lw_checkdim(L, fn, 2, "the number of rows");
  int given = lua_gettop(L) > 2 && !lua_istable(L, 3), options = given ? 4 : 3;
  int64_t n = given ? lw_checkdim(L, fn, 3, "the number of columns") : def >= 0 ? def : m;
  no_more(L, fn, options);
  lw_options(L, fn, options, dtype_only);
  attr.k[0] = m;
  attr.k[1] = n;
  attr.k[2] = lw_optdtype(L, fn, options, SD_F64);
  return draw(L, law, &attr, 1);
}

/* rng:sphere(m[, n]) -> (m,n), columns uniform on the unit sphere; n is 1 when left out */
static int sphere(lua_State *L) { return draw_columns(L, "sphere", SD_DRAW_SPHERE, 1); }
/* rng:orthogonal(m[, n]) -> (m,n), orthonormal columns, Haar; n is m when left out */
static int orthogonal(lua_State *L) {
  return draw_columns(L, "orthogonal", SD_DRAW_ORTHOGONAL, -1);
}

/* ---- indices ----------------------------------------------------------------------------------*/

/* rng:permutation(n) -> (1,n), 1..n in random order */
static int permutation(lua_State *L) {
  check_source(L, "permutation");
  refuse_symbols(L, "permutation", 2);
  lua_Integer n = lw_checkdim(L, "permutation", 2, "the length");
  no_more(L, "permutation", 2);
  sd_attr attr = {.k = {1, n, SD_F64, 0, 0, n}};
  return draw(L, SD_DRAW_PERMUTATION, &attr, 1);
}

/* rng:choice(n, k) -> (1,k), k distinct of 1..n in random order */
static int choice(lua_State *L) {
  check_source(L, "choice");
  refuse_symbols(L, "choice", 2);
  lua_Integer n = lw_checkint(L, "choice", 2, "the number to choose from", 0, most_whole);
  lua_Integer k = lw_checkint(L, "choice", 3, "the number to choose", 0, most_whole);
  no_more(L, "choice", 3);
  if (k > n) lw_error(L, "choice: cannot choose %lld distinct of %lld", (long long)k, (long long)n);
  sd_attr attr = {.k = {1, k, SD_F64, 0, 0, n}};
  return draw(L, SD_DRAW_CHOICE, &attr, 1);
}

/* rng:minibatch(n, B, t) -> (1,B), batch t = 1, 2, ... of distinct indices from shuffled epochs of
 * 1..n; a function of the rng's key and t (which may be a symbol): rng does not advance */
static int minibatch(lua_State *L) {
  check_source(L, "minibatch");
  int traced = lw_testsymbol(L, 4) != NULL;
  if (lw_anysymbol(L, 2, 2)) refuse_symbols(L, "minibatch", 2);
  lua_Integer n = lw_checkint(L, "minibatch", 2, "the number of samples", 1, most_whole);
  lua_Integer size = lw_checkint(L, "minibatch", 3, "the batch size", 1, most_whole);
  if (!traced) lw_checkint(L, "minibatch", 4, "the batch number", 1, most_whole);
  no_more(L, "minibatch", 4);
  if (size > n)
    lw_error(L, "minibatch: a batch of %lld does not fit in %lld samples", (long long)size,
             (long long)n);
  sd_attr attr = {.k = {1, size, SD_F64, 0, 0, n}};
  lua_copy(L, 4, 2);
  return lw_apply(L, &sd_draw_ops[SD_DRAW_MINIBATCH], &attr, 1, 2);
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
  lw_newclass(L, LW_RNG, LW_IS_RNG);
  luaL_newlib(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
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
