/* sd.normal's functions of elements: tails and orthants of the normal law. Arguments are numbers or
 * f64 matrices of one shape; a number goes with every element. The result is a number when all
 * arguments are. They have no traced form. */
#include "saddle/normal.h"
#include "lw.h"
#include <math.h>

enum { MOST = 3 };

typedef struct law {
  const char *fn;
  int n;        /* arguments; the third is a correlation */
  double reach; /* of finite elements of the others, where not 0 */
  int least;    /* a bit for each argument that must not be -inf */
  double (*of)(const double x[MOST]);
} law;

static void check_element(lua_State *L, const law *l, int arg, double v) {
  char text[LW_SHAPE];
  if (isnan(v)) lw_error(L, "%s: argument %d has a NaN", l->fn, arg + 1);
  if (arg == 2 && !(fabs(v) <= 1))
    lw_error(L, "%s: a correlation must be in [-1, 1], got %s", l->fn, lw_number(v, text));
  if (arg < 2 && l->reach > 0 && fabs(v) > l->reach && !isinf(v))
    lw_error(L, "%s: a finite threshold must be at most %g in size, got %s", l->fn, l->reach,
             lw_number(v, text));
  if (arg < 2 && (l->least & 1 << arg) && v == -HUGE_VAL)
    lw_error(L, "%s: the threshold of a ReLU must not be -inf", l->fn);
}

/* Pushes law l of the elements of its arguments. */
static int apply(lua_State *L, const law *l) {
  char ours[LW_SHAPE], others[LW_SHAPE];
  double cells[MOST];
  sd_mat a[MOST], *shape = NULL;
  lw_nosymbol(L, l->fn, l->n, "call it on values before");
  for (int i = 0; i < l->n; i++) {
    a[i] = lw_checkoperand(L, l->fn, i + 1, &cells[i]);
    if (a[i].dtype != SD_F64)
      lw_error(L, "%s: argument %d is f32 (convert it with A:to(\"f64\"))", l->fn, i + 1);
    if (lw_isnumber(L, i + 1)) continue;
    if (shape && (shape->rows != a[i].rows || shape->cols != a[i].cols))
      lw_error(L, "%s: shapes differ: %s and %s", l->fn, lw_shape(shape, ours),
               lw_shape(&a[i], others));
    shape = &a[i];
  }
  ptrdiff_t rows = shape ? shape->rows : 1, cols = shape ? shape->cols : 1;
  sd_mat *out = shape ? lw_newmat(L, l->fn, rows, cols, SD_F64) : NULL;
  for (ptrdiff_t j = 0; j < cols; j++)
    for (ptrdiff_t i = 0; i < rows; i++) {
      double x[MOST] = {0};
      for (int k = 0; k < l->n; k++) {
        x[k] = lw_isnumber(L, k + 1) ? cells[k] : sd_mat_get(&a[k], i, j);
        check_element(L, l, k, x[k]);
      }
      if (!out)
        lua_pushnumber(L, l->of(x));
      else
        sd_mat_set(out, i, j, l->of(x));
    }
  return 1;
}

static double of_logsf(const double x[MOST]) { return sd_normal_logsf(x[0]); }
static double of_logisf(const double x[MOST]) { return sd_normal_logisf(x[0]); }
static double of_orthant(const double x[MOST]) { return sd_normal_orthant(x[0], x[1], x[2]); }
static double of_relus(const double x[MOST]) { return sd_normal_relu_relu(x[0], x[1], x[2]); }
static double of_step(const double x[MOST]) { return sd_normal_step_relu(x[0], x[1], x[2]); }

/* normal.logsf(x) -> log Q(x) */
static int logsf(lua_State *L) {
  return apply(L, &(law){.fn = "normal.logsf", .n = 1, .of = of_logsf});
}

/* normal.logisf(l) -> the x with log Q(x) = l; NaN above 0 */
static int logisf(lua_State *L) {
  return apply(L, &(law){.fn = "normal.logisf", .n = 1, .of = of_logisf});
}

/* normal.log_orthant(h, k, rho) -> log P(X >= h, Y >= k) */
static int log_orthant(lua_State *L) {
  return apply(
      L, &(law){.fn = "normal.log_orthant", .n = 3, .reach = SD_NORMAL_REACH, .of = of_orthant});
}

/* normal.log_relu_relu(h, k, rho) -> log E[(X-h)+ (Y-k)+] */
static int log_relu_relu(lua_State *L) {
  return apply(L, &(law){.fn = "normal.log_relu_relu",
                         .n = 3,
                         .reach = SD_NORMAL_REACH,
                         .least = 3,
                         .of = of_relus});
}

/* normal.step_relu(h, k, rho) -> E[1{X >= h} (Y-k)+] */
static int step_relu(lua_State *L) {
  return apply(
      L,
      &(law){
          .fn = "normal.step_relu", .n = 3, .reach = SD_NORMAL_REACH, .least = 2, .of = of_step});
}

static const luaL_Reg functions[] = {{"logsf", logsf},
                                     {"logisf", logisf},
                                     {"log_orthant", log_orthant},
                                     {"log_relu_relu", log_relu_relu},
                                     {"step_relu", step_relu},
                                     {NULL, NULL}};

/* The field `normal`, which lua/saddle/normal.lua adds to. */
void lw_open_normal(lua_State *L) {
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  lua_setfield(L, -2, "normal");
}
