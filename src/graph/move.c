/* Columns of leaves that a number names when the plan runs: X:col(k), k a draw or of the state.
 *
 * Such a column is not copied. Its step looks where it lies and turns the pointers of all that read
 * it there. For the rest of planning it is what a view is: the leaf is not written over before it
 * has been read for the last time. Small columns are copied, which costs less. */
#include "planning.h"
#include "saddle/arrange.h"
#include "saddle/status.h"

enum { SMALL = 1024 }; /* bytes */

/* 1 when r is a column of a leaf, named by a number that is not known before the run. */
static int is_candidate(const sd_plan *p, sd_ref r) {
  const sd_node *n = sd_plan_node(p, r);
  const sd_value *v = &p->values[r];
  if (v->kind != SD_STEP || n->op != &sd_op_gather || !n->varies || n->attr.k[0] != 2) return 0;
  return p->values[v->args[0]].kind == SD_LEAF && n->type.cols == 1 && !n->type.number &&
         n->type.dtype == sd_plan_node(p, v->args[0])->type.dtype &&
         (double)n->type.rows * (double)sd_type_size(&n->type) >= SMALL;
}

void sd_plan_choose_moves(sd_plan *p) {
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++)
    if (is_candidate(p, r)) p->values[r].kind = SD_MOVES;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) {
    const sd_value *v = &p->values[r];
    if (v->kind != SD_VIEW && v->kind != SD_MAYBE) continue; /* a pointer that nobody would turn */
    if (p->values[v->args[0]].kind == SD_MOVES) p->values[v->args[0]].kind = SD_STEP;
    if (p->values[v->root].kind == SD_MOVES) p->values[v->root].kind = SD_STEP;
  }
  for (int j = 0; j < p->nout; j++)
    if (p->values[p->outs[j]].kind == SD_MOVES) p->values[p->outs[j]].kind = SD_STEP;
}

int sd_plan_make_moves(sd_plan *p) {
  int any = 0;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) any |= p->values[r].kind == SD_MOVES;
  if (!any) return SD_OK;
  p->moves = sd_alloc((size_t)p->nheads + (size_t)p->nplaces, sizeof *p->moves);
  return p->moves ? SD_OK : SD_ENOMEM;
}

/* The pointers of reader t into value r. */
static void note_reader(sd_plan *p, sd_step *s, sd_step *t, sd_ref r) {
  sd_chain *c = t->chain;
  for (int i = 0; c && i < c->nin; i++)
    if (t->refs[i] == r) s->moves[s->nmoves++] = (sd_patch){&c->places[i].m.x, NULL, c};
  for (int k = 0; c == NULL && k < t->call.nargs; k++)
    if (p->values[t->members[0]].args[k] == r)
      s->moves[s->nmoves++] = (sd_patch){&t->call.in[k].x, NULL, NULL};
}

void sd_plan_note_moves(sd_plan *p) {
  sd_patch *at = p->moves;
  for (int i = 0; at && i < p->nsteps; i++) {
    sd_step *s = &p->steps[i];
    if (p->values[s->members[0]].kind != SD_MOVES) continue;
    s->moves = at;
    s->nmoves = 0;
    for (int j = i + 1; j < p->nsteps; j++) note_reader(p, s, &p->steps[j], s->members[0]);
    at += s->nmoves;
  }
}

int sd_plan_move(const sd_step *s) {
  const sd_mat *leaf = &s->call.in[0];
  ptrdiff_t j = sd_position(sd_mat_get(&s->call.in[1], 0, 0), leaf->cols);
  if (j < 0) return SD_EARG;
  sd_mat column = sd_mat_block(leaf, 0, j, leaf->rows, 1);
  for (int i = 0; i < s->nmoves; i++) {
    *s->moves[i].at = column.x;
    if (s->moves[i].chain) sd_chain_moved(s->moves[i].chain);
  }
  return SD_OK;
}
