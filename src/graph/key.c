/* The key of a plan: a hash of a graph that does not depend on what its outputs do not need.
 *
 * Two 64-bit hashes with different multipliers run over one stream of words: inputs, then each node
 * that is needed, with its arguments as positions in this stream, then the outputs and the types
 * of all captures. Aliases leave no trace. 128 bits: among a billion different graphs two meet with
 * probability 2^-69. */
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/plan.h"
#include "saddle/status.h"
#include <string.h>

static void add(uint64_t h[2], uint64_t word) {
  static const uint64_t odd[2] = {0x9e3779b97f4a7c15u, 0xd1342543de82ef95u};
  for (int i = 0; i < 2; i++) {
    h[i] = (h[i] ^ word) * odd[i];
    h[i] ^= h[i] >> 32;
    h[i] = h[i] * odd[1 - i] + (uint64_t)i;
    h[i] ^= h[i] >> 29;
  }
}

static void add_type(uint64_t h[2], const sd_type *t) {
  add(h, (uint64_t)t->rows);
  add(h, (uint64_t)t->cols);
  add(h, 2 * (uint64_t)t->dtype + (t->number != 0));
}

static void add_node(uint64_t h[2], const sd_node *n, const int *position) {
  uint64_t words[sizeof n->attr / 8];
  memcpy(words, &n->attr, sizeof words);
  add(h, (uint64_t)(uintptr_t)n->op);
  add(h, (uint64_t)(uintptr_t)n->op->ctx);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) add(h, words[i]);
  add_type(h, &n->type);
  add(h, (uint64_t)n->nargs);
  add(h, (uint64_t)n->nouts);
  for (int k = 0; k < n->nargs; k++) add(h, (uint64_t)position[n->args[k]]);
}

/* Captures are bound by number, all of them, needed or not. */
static void add_captures(uint64_t h[2], const sd_graph *g) {
  add(h, (uint64_t)sd_graph_captures(g));
  for (int k = 0; k < sd_graph_captures(g); k++) {
    const sd_mat *m = &sd_graph_capture_at(g, k)->m;
    sd_type t = sd_type_matrix(m->rows, m->cols, m->dtype);
    add_type(h, &t);
  }
}

static void mark_needed(const sd_graph *g, int nout, const sd_ref *outs, int last, int *needed) {
  for (int j = 0; j < nout; j++) needed[outs[j]] = 1;
  for (sd_ref r = last; r >= 1; r--) {
    const sd_node *n = sd_node_at(g, r);
    for (int k = 0; k < n->nargs && needed[r]; k++) needed[n->args[k]] = 1;
  }
}

int sd_plan_key(const sd_graph *g, int nout, const sd_ref *outs, uint64_t key[2]) {
  uint64_t h[2] = {(uint64_t)nout, ~(uint64_t)nout};
  int last = 0, count = 0;
  for (int j = 0; j < nout; j++) {
    if (outs[j] < 1 || outs[j] > sd_graph_size(g)) return SD_EARG;
    if (outs[j] > last) last = outs[j];
  }
  int *position = sd_alloc((size_t)last + 1, sizeof *position);
  if (position == NULL) return SD_ENOMEM;
  memset(position, 0, ((size_t)last + 1) * sizeof *position);
  mark_needed(g, nout, outs, last, position);
  for (sd_ref r = 1; r <= sd_graph_size(g); r++) {
    const sd_node *n = sd_node_at(g, r);
    if (n->op == &sd_op_input) add_type(h, &n->type); /* the plan has all inputs */
    if (r > last || !position[r]) continue;
    if (n->op == &sd_op_alias) {
      position[r] = position[n->args[0]];
      continue;
    }
    position[r] = ++count;
    add_node(h, n, position);
  }
  for (int j = 0; j < nout; j++) add(h, (uint64_t)position[outs[j]]);
  add_captures(h, g);
  key[0] = h[0], key[1] = h[1];
  sd_free(position);
  return SD_OK;
}
