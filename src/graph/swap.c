/* Outputs that change places with the leaves they become: every pointer into the memory of one is
 * turned to that of the other, and back after the next step. */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"

static size_t bytes_of(const sd_mat *a) {
  return (size_t)a->rows * (size_t)a->cols * sd_dtype_size(a->dtype);
}

/* Where a pointer goes when value r and the input it swaps with change places; NULL: it points into
 * neither. */
static void *other_place(const sd_plan *p, sd_ref r, const void *at) {
  const sd_mat *v = &p->heads[r], *x = &p->heads[p->values[r].swaps];
  uintptr_t in_v = (uintptr_t)at - (uintptr_t)v->x, in_x = (uintptr_t)at - (uintptr_t)x->x;
  if (in_v < bytes_of(v)) return (char *)x->x + in_v;
  return in_x < bytes_of(v) ? (char *)v->x + in_x : NULL;
}

static void note(sd_plan *p, void **at, sd_chain *chain) {
  for (int j = 0; j < p->nout; j++) {
    sd_ref r = p->outs[j];
    void *other = p->values[r].swaps ? other_place(p, r, *at) : NULL;
    if (other == NULL) continue;
    p->patches[p->npatches++] = (sd_patch){at, other, chain};
    return;
  }
}

static int any_swaps(const sd_plan *p) {
  for (int j = 0; j < p->nout; j++)
    if (p->values[p->outs[j]].swaps) return 1;
  return 0;
}

int sd_plan_make_patches(sd_plan *p) {
  if (!any_swaps(p)) return SD_OK;
  p->patches = sd_alloc((size_t)p->nheads + (size_t)p->nplaces, sizeof *p->patches);
  return p->patches ? SD_OK : SD_ENOMEM;
}

/* The patches of a chain come one after the other. */
void sd_plan_note_patches(sd_plan *p) {
  p->npatches = 0;
  if (p->patches == NULL) return;
  for (int i = 0; i < p->nsteps; i++) {
    sd_chain *c = p->steps[i].chain;
    for (int k = 0; c && k < c->nin + c->nout; k++) note(p, &c->places[k].m.x, c);
  }
  for (int i = 1; i < p->nheads; i++) note(p, &p->heads[i].x, NULL);
}

int sd_plan_swaps(const sd_plan *p, int j) { return p->values[p->outs[j]].swaps != 0; }

void sd_plan_swap(sd_plan *p) {
  for (int i = 0; i < p->npatches; i++) {
    sd_patch *k = &p->patches[i];
    void *before = *k->at;
    *k->at = k->other;
    k->other = before;
    if (k->chain && (i + 1 == p->npatches || p->patches[i + 1].chain != k->chain))
      sd_chain_moved(k->chain);
  }
}
