/* Models: parametric functions of a batch, written as ops.
 *
 * A model is a row of one table: sizes, hyper-parameters, parameters with the laws that they are
 * drawn from, and builders that add nodes to a graph; kernels, derivatives and plans are those of
 * the graph. x is (d, batch): samples are columns. The rows, with phi an activation:
 *
 *   linear {d, m}         y = W x, or with bias W x + b; W (m,d)
 *   glm {d}               y = phi(theta' x), (1,batch); theta (d,1)
 *                                           [Oymak and Soltanolkotabi 2019 (shortest path), sec. 4.1]
 *   low_rank {d, r}       y_i = <X_i, Theta Theta'>, (1,batch); column i of x is vec X_i, of d^2
 *                         elements; Theta (d,r)                             [there, equation (4.4)]
 *   one_hidden {d, k, m}  y = scale V phi(W x), or with bias scale V phi(W x + b) + c; W (k,d),
 *                         V (m,k); train = first freezes V and c, last W and b
 *                                                 [Balaji et al. 2021, equation (2), V being frozen]
 *   mlp {d, k1, ..., m}   h_0 = x, h_l = phi(W_l h_l-1 + b_l), y = the last one, with last_act for
 *                         phi; its parameters are a list of {W=, b=}, b where there is bias
 *   random_feature {d, k1, ..., m}   y = d' psi(x), psi = phi(W_L ... phi(W_1 x)) of m features;
 *                         d (m,1), the W frozen: a discriminator that is linear in what is trained
 *                                                                      [Balaji et al., section 2.4]
 *   linear_discriminator {m}   y = d' x, (1,batch); d (m,1), 0 at the start
 *                                                                     [Balaji et al., equation (2)]
 *   sparse_generator {m, d}    y = V z for z (m,batch) of zeros and few ones; V (d,m)
 *                                                                 [Jelassi et al., equations (7, 8)]
 *   cubic {d, m}          y = a sum_i s(w_i' x) + tau b, s(u) = u^3 up to |u| = cutoff, continued by
 *                         its tangents; numbers a and b, W (m,d) with rows w_i
 *                                                                         [there, equation (9)]
 *
 * "Features" are what the last weights read: phi(W x) of one_hidden, h_L-1 of mlp, psi(x). */
#ifndef SADDLE_MODEL_H
#define SADDLE_MODEL_H

#include "saddle/graph.h"
#include "saddle/hyper.h"

enum { SD_MODEL_SIZES = 33, SD_MODEL_HYPERS = 6, SD_MODEL_DEPTH = 3 };

/* ---- activations ------------------------------------------------------------------------------
 * A function of elements: f(g, self, x) -> the node of f(x), of x's type, or a status. p and ctx are
 * f's own; a host may give a function of its own. */
typedef struct sd_act sd_act;
struct sd_act {
  const char *name;
  sd_ref (*f)(sd_graph *g, const sd_act *self, sd_ref x);
  int fn; /* SD_MAP_*, of those below */
  double p[2];
  void *ctx;
};

/* identity relu leaky_relu (p[0] = slope, 0.01) softplus tanh sigmoid gelu silu elu (p[0] = alpha,
 * 1) sin cos erf */
int sd_act_count(void);
const sd_act *sd_act_at(int i);               /* 0 <= i < sd_act_count() */
const sd_act *sd_act_named(const char *name); /* NULL when there is none */

/* ---- laws -------------------------------------------------------------------------------------
 * Of the elements of a parameter at the start, independent but for the last:
 *
 *   constant   a
 *   normal     N(0, a^2)
 *   uniform    on [-a, a)
 *   spectrum   U diag(s) V', U and V with orthonormal columns, uniform [Haar]; s given, or a from the
 *              first to b the last singular value, in equal steps */
enum { SD_LAW_CONSTANT, SD_LAW_NORMAL, SD_LAW_UNIFORM, SD_LAW_SPECTRUM };
typedef struct sd_law {
  int kind;
  double a, b;
} sd_law;

/* The name of a kind; the deviation of an element: a, a/sqrt 3, 0, or NaN of a spectrum. */
const char *sd_law_name(int kind);
double sd_law_deviation(const sd_law *law);

/* How the weights of a model begin, in place of the row's own laws; parameters that are no weights
 * (biases, the numbers of cubic) keep theirs. Deviations, for a weight that reads fan_in values and
 * makes fan_out:
 *
 *   lecun     1/sqrt(fan_in)                          [LeCun, Bottou, Orr, Mueller 1998, eq. (16)]
 *   he        sqrt(2/fan_in)                                          [He et al. 2015, eq. (10)]
 *   glorot    sqrt(2/(fan_in + fan_out))                     [Glorot and Bengio 2010, eq. (12, 16)]
 *   given     v[l - 1] for layer l
 *   product   of two layers: that of the first times that of the second is v[0], the second over the
 *             first v[1]                        [the family of initialisations of subquadratic (17)]
 *   spectrum  law spectrum; the singular values are given to sd_model_init
 *
 * `uniform`: of these deviations, uniform and not normal. `pairs`: units of the last hidden layer
 * come in pairs, k/2 apart, equal but for the sign of the weight that reads them, so that the output
 * is 0 at the start, to rounding [the antisymmetric start of Zhang et al. 2020]. */
enum {
  SD_INIT_OWN,
  SD_INIT_LECUN,
  SD_INIT_HE,
  SD_INIT_GLOROT,
  SD_INIT_GIVEN,
  SD_INIT_PRODUCT,
  SD_INIT_SPECTRUM
};
typedef struct sd_init {
  int kind, uniform, pairs;
  int n; /* of v */
  double v[SD_MODEL_SIZES];
} sd_init;

/* ---- parameters -------------------------------------------------------------------------------*/

/* How a parameter takes part in pairs: its second half of rows repeats the first; its second half
 * of columns is the first with the other sign. */
enum { SD_PAIR_NONE, SD_PAIR_ROWS, SD_PAIR_COLS };

typedef struct sd_param {
  int at[SD_MODEL_DEPTH]; /* where it is in the tree: p[at[0]][at[1]]..., up to the first 0, ... */
  const char *name;       /* ... and the field there */
  ptrdiff_t rows, cols;
  int number; /* a number, 1x1 */
  int frozen; /* not trained */
  int weight; /* the layer, from 1, if it is a weight; else 0 */
  int turned; /* a weight that reads rows values and makes cols; else the other way round */
  int pair;
  sd_law law;
} sd_param;

/* A list that is being filled; list NULL: counted. */
typedef struct sd_params {
  sd_param *list;
  int n;
} sd_params;

/* ---- models -----------------------------------------------------------------------------------*/

typedef struct sd_model sd_model;

typedef struct sd_model_row {
  const char *name, *formula;
  const char *sizes; /* their names, "d m"; those between the first and last of a chain: "..." */
  int chain;         /* sizes are those of layers in a row */
  int least, most;   /* how many sizes there are, each from 1 */
  int weights;       /* how many layers have weights; 0: one less than there are sizes */
  sd_hyper hyper[SD_MODEL_HYPERS]; /* up to the first without a name */
  const char *act, *last_act;      /* the defaults; NULL where the model has none */
  /* Gives hyper-parameters that are NaN a value; NULL where none can be. */
  void (*settle)(sd_model *m);
  /* The parameters, in the order of trees: list entries first, then names bytewise. */
  void (*params)(const sd_model *m, sd_params *to);
  ptrdiff_t (*inputs)(const sd_model *m); /* the rows of x; NULL: size[0] */
  /* The output, and what the last weights read (NULL: it has no name); p as params lists them. */
  sd_ref (*apply)(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x);
  sd_ref (*features)(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x);
  /* n samples of the inputs, of the law that the model is made for, by draws number at, at + 1, ...
   * of the rng; how many these are goes to *draws. NULL: there is none. */
  sd_ref (*sample)(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, ptrdiff_t n, int *draws);
} sd_model_row;

struct sd_model {
  const sd_model_row *row;
  int sizes;
  ptrdiff_t size[SD_MODEL_SIZES];
  double hyper[SD_MODEL_HYPERS]; /* of a choice the number of the word */
  sd_act act, last_act;
  int dtype; /* of the parameters at the start */
  sd_init init;
};

int sd_model_count(void);
const sd_model_row *sd_model_at(int i);               /* 0 <= i < sd_model_count() */
const sd_model_row *sd_model_named(const char *name); /* NULL when there is none */

/* The model of the row with its defaults: no sizes, f64. */
sd_model sd_model_new(const sd_model_row *row);
/* Settles and checks a model whose fields have been set: SD_OK, or SD_EARG (SD_ESHAPE of sizes) and
 * why. The functions below are for models that are ready. */
int sd_model_ready(sd_model *m, char why[SD_WHY]);

/* How many parameters there are; list, unless NULL, gets them, with the laws that m->init asks
 * for. */
int sd_model_params(const sd_model *m, sd_param *list);
int sd_model_weights(const sd_model *m); /* how many layers have weights */
/* The rows of x. */
ptrdiff_t sd_model_inputs(const sd_model *m);

/* Adds the model's output (or features) to g; p as sd_model_params lists them.
 * SD_ESHAPE, SD_EDTYPE and sd_graph_why when a parameter or x is not as the model says (one that is
 * 1x1 may be a number, and the other way round); SD_EARG when the row has no features; SD_ENOMEM,
 * SD_EHOST. */
enum { SD_MODEL_OUTPUT, SD_MODEL_FEATURES };
sd_ref sd_model_apply(sd_graph *g, const sd_model *m, int what, const sd_ref *p, sd_ref x);

/* p[k] <- a draw of parameter k, by draws number at, at + 1, ... of the node rng, in the order of
 * the parameters. Returns how many draws these are, or a status. With SD_INIT_SPECTRUM s[l - 1] is
 * a node with the column of singular values of layer l; else s is not read. */
int sd_model_init(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, const sd_ref *s,
                  sd_ref *p);

/* The row's sample; SD_EARG when it has none. */
sd_ref sd_model_sample(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, ptrdiff_t n,
                       int *draws);

#endif
