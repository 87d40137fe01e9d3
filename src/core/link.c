/* Links of chains: a call of a loop each, or an instruction or two for a few elements (see link.h).
 *
 * A loop over one number costs ten times its arithmetic, and over a vector twice or three times: so
 * few elements go through one loop over the links instead, in vectors (isa/zip.inc) or, when they
 * are numbers, here. What is exact or rounded once is the same bits in plain C as in a vector;
 * anything else goes through the loops, so that a number has the bits that it would have in a
 * matrix. */
#include "link.h"
#include <math.h>

int sd_link_reads(const sd_link *l) {
  static const int operands[] = {
      [SD_LINK_MAP] = 1, [SD_LINK_ZIP] = 2,      [SD_LINK_WHERE] = 3, [SD_LINK_COPY] = 1,
      [SD_LINK_SUM] = 3, [SD_LINK_PRODUCTS] = 4, [SD_LINK_REDUCE] = 1};
  return operands[l->kind];
}

void sd_link_bind(const sd_chain *c, const sd_kernels *k, sd_link *l) {
  int t = c->places[l->out].m.dtype;
  for (int i = 0; i < sd_link_reads(l); i++) l->reads[i] = &c->places[l->in[i]];
  l->writes = &c->places[l->out];
  if (l->kind == SD_LINK_MAP) l->loop = (void (*)(void))k->maps[t][l->fn];
  if (l->kind == SD_LINK_ZIP) l->loop = (void (*)(void))k->zips[t][l->fn];
  if (l->kind == SD_LINK_SUM) l->loop = (void (*)(void))k->sums[t][l->fn];
  if (l->kind == SD_LINK_PRODUCTS) l->loop = (void (*)(void))k->pairs[t][l->fn];
  if (l->kind == SD_LINK_WHERE) l->loop = (void (*)(void))k->wheres[t];
}

/* ---- over n elements --------------------------------------------------------------------------*/

static void run_products(const sd_link *l, ptrdiff_t n) {
  sd_operand in[4];
  for (int k = 0; k < 4; k++) in[k] = (sd_operand){l->reads[k]->at, l->reads[k]->step};
  ((sd_pair_loop *)l->loop)(n, in, l->writes->at);
}

static void run_copy(const sd_place *a, const sd_place *y, ptrdiff_t n) {
  sd_mat from = sd_mat_over(n, 1, a->m.dtype, a->at), to = sd_mat_over(n, 1, y->m.dtype, y->at);
  if (a->step)
    sd_mat_copy(&from, &to);
  else
    sd_mat_fill(&to, sd_mat_get(&from, 0, 0));
}

static void run_link(const sd_link *l, ptrdiff_t n) {
  const sd_place *a = l->reads[0], *b = l->reads[1], *c = l->reads[2];
  void *y = l->writes->at;
  switch (l->kind) {
  case SD_LINK_MAP: ((sd_map_loop *)l->loop)(n, a->at, y, l->p); break;
  case SD_LINK_ZIP: ((sd_zip_loop *)l->loop)(n, a->at, a->step, b->at, b->step, y); break;
  case SD_LINK_WHERE:
  case SD_LINK_SUM: /* their loops have one type */
    ((sd_where_loop *)l->loop)(n, a->at, a->step, b->at, b->step, c->at, c->step, y);
    break;
  case SD_LINK_PRODUCTS: run_products(l, n); break;
  default: run_copy(a, l->writes, n);
  }
}

void sd_links_run(const sd_chain *c, int from, int to, ptrdiff_t n) {
  for (int i = from; i < to; i++) run_link(&c->links[i], n);
}

/* ---- over a few -------------------------------------------------------------------------------*/

static int code_of(const sd_chain *c, const sd_link *l) {
  int t = c->places[l->out].m.dtype;
  switch (l->kind) {
  case SD_LINK_MAP: return SD_CODE_MAP + l->fn;
  case SD_LINK_ZIP: return SD_CODE_ZIP + l->fn;
  case SD_LINK_WHERE: return SD_CODE_WHERE;
  case SD_LINK_SUM: return SD_CODE_SUM + l->fn;
  case SD_LINK_PRODUCTS: return SD_CODE_PRODUCTS + l->fn;
  default: return c->places[l->in[0]].m.dtype == t ? SD_CODE_COPY : SD_CODE_OTHER;
  }
}

void sd_links_settle(const sd_chain *c, int dtype) {
  for (sd_link *l = c->links; l < c->links + c->nlinks - c->nfolds; l++) {
    l->code = c->places[l->out].m.dtype == dtype ? code_of(c, l) : SD_CODE_OTHER;
    l->to = c->places[l->out].at;
    l->runs = 0;
    for (int k = 0; k < sd_link_reads(l); k++) {
      const sd_place *p = &c->places[l->in[k]];
      l->at[k] = p->at;
      l->runs |= p->step << k;
    }
  }
}

void sd_links_run_few(const sd_chain *c, int dtype, ptrdiff_t n) {
  sd_few_loop *few = c->kernels->fews[dtype];
  const sd_link *l = c->links, *end = l + c->nlinks - c->nfolds;
  while ((l = few(l, end, n)) < end) run_link(l++, n);
}

/* ---- over one ---------------------------------------------------------------------------------*/

/* A NaN wins, and of zeros +0 is the larger. */
static double max_number(double a, double b) {
  return a == b ? (signbit(a) ? b : a) : a > b || isnan(a) ? a : b;
}
static double min_number(double a, double b) {
  return a == b ? (signbit(a) ? a : b) : a < b || isnan(a) ? a : b;
}

/* The links of arithmetic on f64 numbers up to another one, or the end. */
static const sd_link *run_numbers(const sd_link *l, const sd_link *end) {
#define X(k) (*(const double *)(const void *)l->at[k])
#define CASE(code, value)                                                                          \
  case code: y = value; break
  for (; l < end; l++) {
    double y;
    switch (l->code) {
      CASE(SD_ZIP_ADD, X(0) + X(1));
      CASE(SD_ZIP_SUB, X(0) - X(1));
      CASE(SD_ZIP_MUL, X(0) * X(1));
      CASE(SD_ZIP_DIV, X(0) / X(1));
      CASE(SD_ZIP_MAX, max_number(X(0), X(1)));
      CASE(SD_ZIP_MIN, min_number(X(0), X(1)));
      CASE(SD_ZIP_PASS, X(0) == 0 ? 0 : X(1));
      CASE(SD_ZIP_LT, X(0) < X(1));
      CASE(SD_ZIP_LE, X(0) <= X(1));
      CASE(SD_ZIP_GT, X(0) > X(1));
      CASE(SD_ZIP_GE, X(0) >= X(1));
      CASE(SD_ZIP_EQ, X(0) == X(1));
      CASE(SD_ZIP_NE, X(0) != X(1));
      CASE(SD_CODE_WHERE, X(0) == 0 ? X(2) : X(1));
      CASE(SD_CODE_SUM + SD_SUM_ADD, X(0) * X(1) + X(2));
      CASE(SD_CODE_SUM + SD_SUM_SUB, X(0) * X(1) - X(2));
      CASE(SD_CODE_SUM + SD_SUM_FROM, X(2) - X(0) * X(1));
      CASE(SD_CODE_PRODUCTS + SD_SUM_ADD, X(0) * X(1) + X(2) * X(3));
      CASE(SD_CODE_PRODUCTS + SD_SUM_SUB, X(0) * X(1) - X(2) * X(3));
      CASE(SD_CODE_COPY, X(0));
      CASE(SD_CODE_MAP + SD_MAP_NEG, -X(0));
      CASE(SD_CODE_MAP + SD_MAP_ABS, fabs(X(0)));
      CASE(SD_CODE_MAP + SD_MAP_SQRT, sqrt(X(0)));
      CASE(SD_CODE_MAP + SD_MAP_SIGN, X(0) > 0 ? 1 : X(0) < 0 ? -1 : X(0));
    default: return l;
    }
    *(double *)(void *)l->to = y;
  }
  return l;
#undef X
#undef CASE
}

void sd_links_run_number(const sd_chain *c) {
  const sd_link *l = c->links, *end = l + c->nlinks - c->nfolds;
  while ((l = run_numbers(l, end)) < end) run_link(l++, 1);
}
