/* Models: parametric functions of a batch, written as ops.
 *
 * A model is a row of one table: sizes, hyper-parameters, parameters with the laws that they are
 * drawn from, and builders that add nodes to a graph; kernels, derivatives and plans are those of
 * the graph. x is (d, batch): samples are columns. The rows, with phi an activation:
 *
 *   linear {d, m}         y = W x, or with bias W x + b; W (m,d)
 *   glm {d}               y = phi(theta' x), (1,batch); theta (d,1)
 *                                         [Oymak and Soltanolkotabi 2019 (shortest path), sec. 4.1]
 *   low_rank {d, r}       y_i = <X_i, Theta Theta'>, (1,batch); column i of x is vec X_i, of d^2
 *                         elements; Theta (d,r)                             [there, equation (4.4)]
 *   one_hidden {d, k, m}  y = scale V phi(W x), or with bias scale V phi(W x + b) + c; W (k,d),
 *                         V (m,k); train = first freezes V and c, last W and b
 *                                                [Balaji et al. 2021, equation (2), V being frozen]
 *   mlp {d, k1, ..., m}   h_0 = x, h_l = phi(W_l h_l-1 + b_l), y = the last one, with last_act for
 *                         phi; its parameters are a list of {W=, b=}, b where there is bias
 *   deep {d, k1, ..., m}  the same without biases, unless asked for: deep generators and networks
 *                         as papers write them                        [Balaji et al., section 2.4]
 *   random_feature {d, k1, ..., m}   y = d' psi(x), psi = phi(W_L ... phi(W_1 x)) of m features;
 *                         d (m,1), the W frozen: a discriminator that is linear in what is trained
 *                                                                      [Balaji et al., section 2.4]
 *   linear_discriminator {m}   y = d' x, (1,batch); d (m,1), 0 at the start
 *                                                                     [Balaji et al., equation (2)]
 *   sparse_generator {m, d}    y = V z for z (m,batch) of zeros and few ones; V (d,m)
 *                                                                [Jelassi et al., equations (7, 8)]
 *   cubic {d, m}          y = a sum_i s(w_i' x) + tau b, s(u) = u^3 up to |u| = cutoff, continued
 *                         by its tangents; numbers a and b, W (m,d) with rows w_i
 *                                                                         [there, equation (9)]
 *
 * Images of patches, of d elements each, and discriminators of them [Allen-Zhu and Li, Forward
 * super-resolution, section 2]. On level l there are patches[l] patches of channels[l] channels; an
 * image is a column, its patches one below the other, level after level. rt is smooth_relu and lk
 * smooth_leaky_relu, with zeta; W have orthonormal columns at the start, those of discriminators
 * and their thresholds b, numbers, are frozen; o(v) = K v for v >= 0 and v below.
 *
 *   patch_generator {z, d}   X_lj = W_lj S_lj with S_1j = phi(V_1j z - b_1j), S_lj = phi(V_lj S_P -
 *                         b_lj), S_P the S_l-1,j' of the patches j' that it hangs on, one below the
 *                         other; `from`: for each patch of levels 2, 3, ... how many these are, and
 *                         which, from 1. Parameters: a list over levels of {V=, W=, b=}, lists over
 *                         patches; with shared W is one for all patches of the level [section 2.1]
 *   gated_linear {d, m}   y = sum_r 1{w_r'x >= b} v_r'x; V, W (d,m)                        [D^(1)]
 *   threshold_pair {d, m}   y_r = rt(s_r - 2b) o(v_r) + rt'(s_r - b) o(w_r), s = W'x; W (d,m), v
 *                         and w (m,1), 0 at the start                                      [D^(4)]
 *   product_pair {n, d, m}   y = sum of C_pq (u+_pq - u-_pq) a_p a_q over pairs p < q of the n m
 *                         channels a = rt([W_j'x_j]_r - b) of n patches, in the order (1,2), (1,3),
 *                         (2,3), (1,4), ...; C is `within` of two channels of a patch and `across`
 *                         of two patches; plus = u+, minus = u-, together uniform on a simplex at
 *                         the start; a list W of n W_j (d,m)                               [D^(5)]
 *   patch_link {n, d, below, m}   y = z(s - h), s = W'x_0, h = lk(V lk(F'x) - b), F'x the F_j'x_j
 *                         one below the other, for a patch x_0 above the n patches x_j that it
 *                         hangs on; z is dead_zone{width, zeta}, V (m, n below) the identity on x_1
 *                         at the start, W (d,m), `from` a list of n frozen F_j (d,below)   [D^(2)]
 *
 * "Features" are what the last weights read: phi(W x) of one_hidden, h_L-1 of mlp, psi(x); all S of
 * patch_generator, in the order of the patches; the indicators of gated_linear, rt above rt' of
 * threshold_pair, a of product_pair, s above h of patch_link.
 *
 * "Moments" are the means that the mean of y over a batch is linear in: of gated_linear (d,m), with
 * columns E 1{w_r'x >= b} x; of threshold_pair (m,2), E rt and E rt'; of product_pair the column of
 * C_pq E a_p a_q for all pairs. */
#ifndef SADDLE_MODEL_H
#define SADDLE_MODEL_H

#include "saddle/graph.h"
#include "saddle/hyper.h"

enum { SD_MODEL_SIZES = 33, SD_MODEL_HYPERS = 6, SD_MODEL_DEPTH = 3, SD_MODEL_LISTS = 3 };
enum { SD_MODEL_PATCHES = 1 << 16 }; /* most patches of a model, and channels that form pairs */

/* ---- activations ------------------------------------------------------------------------------
 * A function of elements: f(g, self, x) -> the node of f(x), of x's type, or a status. p and ctx
 * are f's own; a host may give a function of its own. */
typedef struct sd_act sd_act;
struct sd_act {
  const char *name;
  sd_ref (*f)(sd_graph *g, const sd_act *self, sd_ref x);
  int fn; /* SD_MAP_*, of those below */
  double p[2];
  void *ctx;
};

/* identity relu leaky_relu (p[0] = slope, 0.01) softplus tanh sigmoid gelu silu elu (p[0] = alpha,
 * 1) sin cos erf, and with zeta = p[0], 0.1:
 *
 *   smooth_relu        rt(z) = 0 for z < 0, zeta (t^3 - t^4/2) with t = z/zeta up to zeta and
 *                      z - zeta/2 beyond; rt' = 3 t^2 - 2 t^3 in between
 *   smooth_leaky_relu  zeta z + (1 - zeta) rt(z)
 *   dead_zone          rt(|z| - p[1]), p[1] = 0.5: |z| with a flat floor */
int sd_act_count(void);
const sd_act *sd_act_at(int i);               /* 0 <= i < sd_act_count() */
const sd_act *sd_act_named(const char *name); /* NULL when there is none */

/* ---- laws -------------------------------------------------------------------------------------
 * Of a parameter at the start. Of its elements, independently:
 *
 *   constant     a
 *   normal       N(0, a^2)
 *   uniform      on [-a, a)
 *
 * Of all of it:
 *
 *   spectrum     U diag(s) V', U and V with orthonormal columns, uniform [Haar]; s given, or a from
 *                the first to b the last singular value, in equal steps
 *   orthonormal  orthonormal columns, uniform [Haar]; a is 1/sqrt(rows), an element's deviation
 *   disjoint     each row has floor(cols/rows) elements that no other row has, a uniform choice,
 *                and in them is a times a uniform direction
 *   shares       the same, but these elements are all a
 *   unit         a at (k, at + k) for n numbers k from 0, else 0: rows that are unit vectors */
enum {
  SD_LAW_CONSTANT,
  SD_LAW_NORMAL,
  SD_LAW_UNIFORM,
  SD_LAW_SPECTRUM,
  SD_LAW_ORTHONORMAL,
  SD_LAW_DISJOINT,
  SD_LAW_SHARES,
  SD_LAW_UNIT
};
typedef struct sd_law {
  int kind;
  double a, b;
  ptrdiff_t at, n;
} sd_law;

/* The name of a kind; the deviation of an element: a, a/sqrt 3, 0, or NaN where elements do not
 * all have the same. */
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
 *   product   of two layers: that of the first times that of the second is v[0], the second over
 *             the first v[1]                   [the family of initialisations of subquadratic (17)]
 *   spectrum  law spectrum; the singular values are given to sd_model_init
 *
 * Of patch_generator alone, whose levels hang together: v[0] is a, and v[1] = a u is the threshold
 * b on level 1, so that each channel there is active with probability Q(u) for standard normal z;
 * b is 0 above.
 *
 *   disjoint  law disjoint of length a on level 1, shares of 1 above it, where each patch hangs on
 *             one alone: channels of one patch are independent      [the example that ends sec. 2]
 *   aligned   row r of V_1j is a times unit vector channels[1] (j-1) + r; above, V is the identity
 *             on the first patch below                 [where its algorithms 2 and 3 begin]
 *
 * `uniform`: of these deviations, uniform and not normal. `pairs`: units of the last hidden layer
 * come in pairs, k/2 apart, equal but for the sign of the weight that reads them, so that the
 * output is 0 at the start, to rounding [the antisymmetric start of Zhang et al. 2020]. */
enum {
  SD_INIT_OWN,
  SD_INIT_LECUN,
  SD_INIT_HE,
  SD_INIT_GLOROT,
  SD_INIT_GIVEN,
  SD_INIT_PRODUCT,
  SD_INIT_SPECTRUM,
  SD_INIT_DISJOINT,
  SD_INIT_ALIGNED
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
  const char *name;       /* ... and the field there, ... */
  int entry;              /* ... or, if this is not 0, this entry of the list in the field */
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
  int weights;       /* how many layers have weights; 0: one less than there are sizes; -1: none
                        that begin as sd_init says: the row has laws of its own for all */
  sd_hyper hyper[SD_MODEL_HYPERS];   /* up to the first without a name */
  const char *lists[SD_MODEL_LISTS]; /* the names of its lists of whole numbers from 1 */
  const char *act, *last_act;        /* the defaults; NULL where the model has none */
  /* Gives hyper-parameters that are NaN a value; NULL where none can be. */
  void (*settle)(sd_model *m);
  /* What else has to hold: SD_OK, or SD_EARG, SD_ESHAPE and why. NULL: nothing. */
  int (*check)(const sd_model *m, char why[SD_WHY]);
  /* The parameters, in the order of trees: list entries first, then names bytewise. */
  void (*params)(const sd_model *m, sd_params *to);
  ptrdiff_t (*inputs)(const sd_model *m); /* the rows of x; NULL: size[0] */
  /* The output, the features and the moments (NULL: it has none); p as params lists them. */
  sd_ref (*apply)(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x);
  sd_ref (*features)(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x);
  sd_ref (*moments)(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x);
  /* n samples of the inputs, of the law that the model is made for, by draws number at, at + 1, ...
   * of the rng; how many these are goes to *draws. NULL: there is none. */
  sd_ref (*sample)(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, ptrdiff_t n, int *draws);
} sd_model_row;

/* Whole numbers in memory of the host, which lives as long as the model. */
typedef struct sd_whole {
  const ptrdiff_t *v;
  int n;
} sd_whole;

struct sd_model {
  const sd_model_row *row;
  int sizes;
  ptrdiff_t size[SD_MODEL_SIZES];
  double hyper[SD_MODEL_HYPERS]; /* of a choice the number of the word */
  sd_whole list[SD_MODEL_LISTS];
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

/* Adds the model's output, features or moments to g; p as sd_model_params lists them.
 * SD_ESHAPE, SD_EDTYPE and sd_graph_why when a parameter or x is not as the model says (one that is
 * 1x1 may be a number, and the other way round); SD_EARG when the row has no such thing; SD_ENOMEM,
 * SD_EHOST. */
enum { SD_MODEL_OUTPUT, SD_MODEL_FEATURES, SD_MODEL_MOMENTS };
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
