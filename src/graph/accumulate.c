/* Sums of products accumulate: A B + C D + ... is computed by products that add to one matrix.
 *
 * A weight that a step uses several times has a gradient that is such a sum. Products added up one
 * by one write and read a matrix each; a product that adds to what is there (matmul_add, which runs
 * over its argument) spares that, and BLAS the clearing of the memory. So where a sum is the only
 * reader of both its terms, a large product and another one or a sum of such, the product is
 * computed as a part of it. BLAS then rounds in another order than a sum of finished products. */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* Bytes of a result that pays: what fits in the first-level cache beside the loop that reads it
 * costs nothing, and keeps the bits of an eager sum. */
enum { LARGE = 1 << 16 };

/* By node of the plan's graph. */
typedef struct work {
  sd_plan *p;
  sd_graph *to;
  int size;
  int *reads;   /* readers, and outputs */
  sd_ref *term; /* of a sum, the product that is computed with it; of that product, the sum */
  sd_ref *made; /* in `to` */
} work;

static const sd_node *at(const work *w, sd_ref r) { return sd_plan_node(w->p, r); }

static void count_reads(work *w) {
  for (int j = 0; j < w->p->nout; j++) w->reads[w->p->outs[j]]++;
  for (sd_ref r = w->size; r >= 1; r--)
    for (int k = 0; w->reads[r] && k < at(w, r)->nargs; k++) w->reads[at(w, r)->args[k]]++;
}

static int is_product(const work *w, sd_ref r) {
  const sd_type *t = &at(w, r)->type;
  double bytes = (double)t->rows * (double)t->cols * (double)sd_type_size(t);
  return at(w, r)->op == &sd_op_matmul && !sd_is_outer(w->p, at(w, r)) && bytes >= LARGE;
}

static int is_add(const sd_node *n) { return n->op == &sd_zip_ops[SD_ZIP_ADD]; }

/* 1 when r is a product, or a sum with one, that only one node reads. */
static int is_part(const work *w, sd_ref r) {
  return w->reads[r] == 1 && (is_product(w, r) || (is_add(at(w, r)) && w->term[r]));
}

/* Returns how many products become parts of sums: of two the later one. */
static int choose(work *w) {
  int chosen = 0;
  for (sd_ref r = 1; r <= w->size; r++) {
    const sd_node *n = at(w, r);
    if (!is_add(n) || w->reads[r] == 0) continue;
    sd_ref a = n->args[0], b = n->args[1];
    int alike = at(w, a)->varies == at(w, b)->varies && sd_type_same(&at(w, a)->type, &n->type) &&
                sd_type_same(&at(w, b)->type, &n->type);
    if (!alike || !is_part(w, a) || !is_part(w, b)) continue;
    sd_ref late = a > b ? a : b, early = a > b ? b : a, term = is_product(w, late) ? late : early;
    if (!is_product(w, term)) continue;
    w->term[r] = term;
    w->term[term] = r;
    chosen++;
  }
  return chosen;
}

/* What sum r adds its term to. */
static sd_ref rest_of(const work *w, sd_ref r) {
  const sd_ref *args = at(w, r)->args;
  return args[args[0] == w->term[r]];
}

/* A sum with a term: made where the later of its arguments stood. */
static sd_ref make_sum(work *w, sd_ref sum, sd_origin *last) {
  const sd_node *product = at(w, w->term[sum]);
  sd_ref args[3] = {w->made[rest_of(w, sum)], w->made[product->args[0]], w->made[product->args[1]]};
  int status = sd_graph_place_as(w->to, product, last);
  if (status != SD_OK) return status;
  return sd_emit(w->to, &sd_op_matmul_add, &product->attr, 3, args, 1);
}

/* The node for r; 0 for a product that waits for its sum. */
static sd_ref make(work *w, sd_ref r, sd_origin *last) {
  const sd_node *n = at(w, r);
  if (n->op == &sd_op_input) return sd_graph_input(w->to, n->type); /* in order: the first nodes */
  if (w->term[r] == 0) return sd_graph_copy(w->to, w->p->g, n, w->made, 0, last);
  sd_ref sum = is_add(n) ? r : w->term[r];
  if (rest_of(w, sum) > w->term[sum]) return r == sum ? make_sum(w, sum, last) : 0;
  return r == sum ? w->made[w->term[sum]] : make_sum(w, sum, last);
}

static int rewrite(work *w) {
  sd_plan *p = w->p;
  sd_origin last = {NULL, NULL};
  int status = sd_graph_new(&w->to);
  for (sd_ref r = 1; r <= w->size && status == SD_OK; r++) {
    if (w->reads[r] == 0 && at(w, r)->op != &sd_op_input) continue;
    if ((w->made[r] = make(w, r, &last)) < 0) status = w->made[r];
  }
  for (int j = 0; j < p->nout && status == SD_OK; j++) p->outs[j] = w->made[p->outs[j]];
  return status;
}

int sd_plan_accumulate(sd_plan *p) {
  size_t n = (size_t)sd_graph_size(p->g) + 1;
  int *room = sd_alloc(3 * n, sizeof *room);
  work w = {.p = p, .size = (int)n - 1};
  if (room == NULL) return SD_ENOMEM;
  memset(room, 0, 3 * n * sizeof *room);
  w.reads = room, w.term = room + n, w.made = room + 2 * n;
  int status = SD_OK;
  count_reads(&w);
  if (choose(&w) > 0) {
    status = rewrite(&w);
    sd_graph *old = status == SD_OK ? p->g : w.to;
    if (status == SD_OK) p->g = w.to;
    sd_graph_free(old);
  }
  sd_free(room);
  return status;
}
