/* patch_generator: images of patches, from coarse to fine (formula: saddle/model.h).
 *
 * The nodes of its parameters come level by level: the V of all patches, the W (one, if it is
 * shared), the b. Levels and patches are counted from 0 here. */
#include "rows.h"
#include "saddle/memory.h"
#include <math.h>

enum { PATCHES, CHANNELS, FROM };
enum { SHARED };

static int levels(const sd_model *m) { return m->list[PATCHES].n; }
static ptrdiff_t patches(const sd_model *m, int l) { return m->list[PATCHES].v[l]; }
static ptrdiff_t channels(const sd_model *m, int l) { return m->list[CHANNELS].v[l]; }
static int is_shared(const sd_model *m) { return m->hyper[SHARED] != 0; }

static ptrdiff_t all_patches(const sd_model *m) {
  ptrdiff_t n = 0;
  for (int l = 0; l < levels(m); l++) n += patches(m, l);
  return n;
}

/* ---- parameters -------------------------------------------------------------------------------*/

/* The law of V of a patch, with so many columns. */
static sd_law connection_law(const sd_model *m, int l, ptrdiff_t patch, ptrdiff_t cols) {
  double a = l == 0 ? m->init.v[0] : 1;
  switch (m->init.kind) {
  case SD_INIT_DISJOINT: return (sd_law){.kind = l == 0 ? SD_LAW_DISJOINT : SD_LAW_SHARES, .a = a};
  case SD_INIT_ALIGNED: return sd_unit(a, l == 0 ? patch * channels(m, 0) : 0, channels(m, l));
  default: return sd_lecun(cols);
  }
}

/* The V of level l; *from moves on behind what `from` says of it. */
static void connection_params(const sd_model *m, sd_params *to, int l, const ptrdiff_t **from) {
  for (ptrdiff_t j = 0; j < patches(m, l); j++) {
    sd_param v = {.at = {l + 1}, .name = "V", .entry = (int)j + 1, .rows = channels(m, l)};
    v.cols = m->size[0];
    if (l > 0) {
      v.cols = **from * channels(m, l - 1);
      *from += 1 + **from;
    }
    v.law = connection_law(m, l, j, v.cols);
    sd_param_put(to, v);
  }
}

static void generator_params(const sd_model *m, sd_params *to) {
  const ptrdiff_t *from = m->list[FROM].v;
  double threshold = m->init.kind == SD_INIT_OWN ? 0 : m->init.v[1];
  for (int l = 0; l < levels(m); l++) {
    sd_param w = {.at = {l + 1}, .name = "W", .rows = m->size[1], .cols = channels(m, l)};
    sd_param b = {.at = {l + 1}, .name = "b", .rows = channels(m, l), .cols = 1};
    w.law = sd_orthonormal(m->size[1]), b.law = sd_constant(l == 0 ? threshold : 0);
    connection_params(m, to, l, &from);
    if (is_shared(m)) sd_param_put(to, w);
    for (w.entry = 1; w.entry <= patches(m, l) && !is_shared(m); w.entry++) sd_param_put(to, w);
    for (b.entry = 1; b.entry <= patches(m, l); b.entry++) sd_param_put(to, b);
  }
}

/* ---- what has to hold -------------------------------------------------------------------------*/

static int check_levels(const sd_model *m, char why[SD_WHY]) {
  if (levels(m) == 0)
    return sd_model_refuse(m, why, SD_ESHAPE,
                           "patches must be a list of sizes, one for each level");
  if (levels(m) != m->list[CHANNELS].n)
    return sd_model_refuse(m, why, SD_ESHAPE, "patches are of %d levels, channels of %d", levels(m),
                           m->list[CHANNELS].n);
  if (all_patches(m) > SD_MODEL_PATCHES)
    return sd_model_refuse(m, why, SD_ESHAPE, "%td patches, %d at most", all_patches(m),
                           SD_MODEL_PATCHES);
  for (int l = 0; l < levels(m); l++) {
    int status = sd_model_check_columns(m, m->size[1], channels(m, l), why);
    if (status != SD_OK) return status;
  }
  return SD_OK;
}

/* Whether the first k of these numbers have the next one, too. */
static int is_there(const ptrdiff_t *v, ptrdiff_t k) {
  for (ptrdiff_t i = 0; i < k; i++)
    if (v[i] == v[k]) return 1;
  return 0;
}

/* The n sources of patch j of level l. */
static int check_sources(const sd_model *m, int l, ptrdiff_t j, const ptrdiff_t *v, ptrdiff_t n,
                         char why[SD_WHY]) {
  for (ptrdiff_t k = 0; k < n; k++)
    if (v[k] > patches(m, l - 1) || is_there(v, k))
      return sd_model_refuse(m, why, SD_EARG,
                             "from[%d][%td][%td] must be a patch in 1..%td that is not there yet, "
                             "got %td",
                             l + 1, j + 1, k + 1, patches(m, l - 1), v[k]);
  if (m->init.kind != SD_INIT_DISJOINT || n == 1) return SD_OK;
  return sd_model_refuse(m, why, SD_EARG,
                         "init: disjoint needs a single patch below each, from[%d][%td] has %td",
                         l + 1, j + 1, n);
}

static int check_connections(const sd_model *m, char why[SD_WHY]) {
  const ptrdiff_t *from = m->list[FROM].v;
  ptrdiff_t left = m->list[FROM].n;
  int status = SD_OK;
  for (int l = 1; l < levels(m); l++)
    for (ptrdiff_t j = 0; j < patches(m, l) && status == SD_OK && left >= 0; j++) {
      ptrdiff_t n = left > 0 ? *from : 1;
      left -= 1 + n;
      if (left >= 0) status = check_sources(m, l, j, from + 1, n, why);
      from += 1 + n;
    }
  if (status != SD_OK || left == 0) return status;
  return sd_model_refuse(m, why, SD_ESHAPE,
                         "from needs for each patch of the levels from 2 how many patches it hangs "
                         "on, and which");
}

static int check_start(const sd_model *m, char why[SD_WHY]) {
  const sd_init *init = &m->init;
  int aligned = init->kind == SD_INIT_ALIGNED;
  const char *name = aligned ? "aligned" : "disjoint";
  if (init->kind < SD_INIT_DISJOINT) return SD_OK;
  if (init->n != 2 || !(init->v[0] > 0) || !isfinite(init->v[0]) || !isfinite(init->v[1]))
    return sd_model_refuse(m, why, SD_EARG, "init: %s needs a positive length and a threshold",
                           name);
  for (int l = 1; l < levels(m); l++)
    if (channels(m, l) > channels(m, l - 1))
      return sd_model_refuse(m, why, SD_ESHAPE,
                             "init: %s needs no more channels than below, level %d has %td, "
                             "level %d %td",
                             name, l + 1, channels(m, l), l, channels(m, l - 1));
  ptrdiff_t need = channels(m, 0) * (aligned ? patches(m, 0) : 1);
  if (m->size[0] >= need) return SD_OK;
  return sd_model_refuse(m, why, SD_ESHAPE, "init: %s needs %td elements of z at least, got %td",
                         name, need, m->size[0]);
}

static int generator_check(const sd_model *m, char why[SD_WHY]) {
  int status = check_levels(m, why);
  if (status == SD_OK) status = check_connections(m, why);
  return status == SD_OK ? check_start(m, why) : status;
}

/* ---- its functions ----------------------------------------------------------------------------*/

/* What a patch hangs on, one below the other; *from moves on behind it, list has room for it. */
static sd_ref sources(sd_graph *g, const sd_ref *below, const ptrdiff_t **from, sd_ref *list) {
  int n = (int)*(*from)++;
  for (int k = 0; k < n; k++) list[k] = below[*(*from)++ - 1];
  return sd_model_stack(g, list, n);
}

/* s[] <- S of all patches, x[] <- X where images are asked for; room: as many nodes again. */
static void build(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref z, sd_ref *s, sd_ref *x,
                  sd_ref *room) {
  const ptrdiff_t *from = m->list[FROM].v;
  const sd_ref *below = NULL;
  for (int l = 0; l < levels(m); l++) {
    ptrdiff_t n = patches(m, l), n_w = is_shared(m) ? 1 : n;
    const sd_ref *v = p, *w = v + n, *b = w + n_w;
    for (ptrdiff_t j = 0; j < n; j++) {
      sd_ref reads = l == 0 ? z : sources(g, below, &from, room);
      s[j] = sd_act_apply(g, &m->act, g_sub(g, g_matmul(g, 0, v[j], 0, reads), b[j]));
      if (x) *x++ = g_matmul(g, 0, w[j % n_w], 0, s[j]);
    }
    p = b + n, below = s, s += n;
  }
}

static sd_ref generator_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref z) {
  size_t n = (size_t)all_patches(m);
  sd_ref *s = sd_alloc(3 * n, sizeof *s);
  if (s == NULL) return SD_ENOMEM;
  build(g, m, p, z, s, s + n, s + 2 * n);
  sd_ref all = sd_model_stack(g, s + n, (int)n);
  sd_free(s);
  return all;
}

static sd_ref generator_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref z) {
  size_t n = (size_t)all_patches(m);
  sd_ref *s = sd_alloc(2 * n, sizeof *s);
  if (s == NULL) return SD_ENOMEM;
  build(g, m, p, z, s, NULL, s + n);
  sd_ref all = sd_model_stack(g, s, (int)n);
  sd_free(s);
  return all;
}

const sd_model_row sd_model_patch_generator = {
    .name = "patch_generator",
    .formula = "X = W act(V ... - b)",
    .sizes = "z, d",
    .least = 2,
    .most = 2,
    .weights = -1,
    .hyper = {SD_FLAG("shared")},
    .lists = {"patches", "channels", "from"},
    .act = "relu",
    .check = generator_check,
    .params = generator_params,
    .apply = generator_apply,
    .features = generator_features,
};
