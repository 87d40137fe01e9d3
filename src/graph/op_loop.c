/* Loops: the op, made at run time, and its kernel (see saddle/loop.h).
 *
 * The kernel runs a plan of the body. The state lives in the results' memory. */
#include "loop.h"
#include "saddle/memory.h"
#include "saddle/plan.h"
#include "saddle/rng.h"
#include "saddle/status.h"
#include <stdio.h>
#include <string.h>

typedef struct loop {
  sd_op op;
  sd_body body; /* of a graph and lists of its own */
  int refs;
  /* what the first run makes */
  sd_plan *plan;
  void *room;     /* of the plan, then of the values read, then of states between two places */
  sd_mat *heads;  /* of the plan's inputs: t, states, constants, reads */
  sd_mat *staged; /* a second place for each state */
  char *moves;    /* how it gets to its own, see below */
  double t;
  int running, swapped; /* swapped: as in an iteration (plan.h) */
  char why[SD_WHY];
} loop;

static loop *loop_of(const sd_op *op) { return op->ctx; }
const sd_body *sd_loop_body(const sd_op *op) { return &loop_of(op)->body; }

/* The matrix that holds n values of type t. */
static sd_type tape_of(const sd_type *t, int64_t n) {
  return (sd_type){t->rows * t->cols, n, t->dtype, 0};
}

static sd_type type_of(const sd_body *b, sd_ref r) { return sd_node_at(b->g, r)->type; }
static int count_in(const sd_body *b) { return b->states + b->constants + b->reads; }
static int count_out(const sd_body *b) { return b->states + b->writes; }

/* ---- the shape rule ---------------------------------------------------------------------------*/

static int infer(sd_site *s) {
  const sd_body *b = sd_loop_body(s->op);
  int64_t n = s->attr->k[0];
  char has[SD_SHAPE], wants[SD_SHAPE];
  if (n < 0 || n > (int64_t)1 << 53) /* t is a number */
    return sd_refuse(s, SD_EARG, "the number of iterations must be from 0 to 2^53");
  if (s->nargs != count_in(b))
    return sd_refuse(s, SD_EARG, "takes %d arguments, got %d", count_in(b), s->nargs);
  for (int k = 0; k < s->nargs; k++) {
    sd_type t = type_of(b, b->in[k]);
    if (k >= b->states + b->constants) t = tape_of(&t, n);
    if (!sd_type_same(&t, &s->in[k]))
      return sd_refuse(s, SD_ESHAPE, "argument %d is %s, the body takes %s", k + 1,
                       sd_type_shape(&s->in[k], has), sd_type_shape(&t, wants));
  }
  for (int j = 0; j < count_out(b); j++) {
    sd_type t = type_of(b, b->out[j]);
    s->out[j] = j < b->states ? t : tape_of(&t, n);
  }
  return SD_OK;
}

/* ---- before the first run ---------------------------------------------------------------------*/

static size_t padded(const sd_type *t) {
  size_t bytes = (size_t)t->rows * (size_t)t->cols * sd_type_size(t);
  return sd_align_up(bytes);
}

/* Takes the room, and lays out the states' second places and the values read. The plan's inputs are
 * those of the body: t, then in[]. */
static int take_room(loop *l) {
  const sd_body *b = &l->body;
  size_t bytes = sd_plan_arena(l->plan);
  for (int pass = 0; pass < 2; pass++) {
    char *at = l->room;
    if (pass == 1) at += sd_plan_arena(l->plan);
    for (int k = 0; k < b->states + b->reads; k++) {
      int in = k < b->states ? k : k + b->constants;
      sd_type t = type_of(b, b->in[in]);
      sd_mat *m = k < b->states ? &l->staged[k] : &l->heads[1 + in];
      if (pass == 0) {
        bytes += padded(&t);
        continue;
      }
      *m = sd_mat_over(t.rows, t.cols, t.dtype, at);
      at += padded(&t);
    }
    if (pass == 0 && (l->room = sd_alloc(bytes + SD_ALIGN, 1)) == NULL) return SD_ENOMEM;
  }
  l->heads[0] = sd_mat_over(1, 1, SD_F64, &l->t);
  return SD_OK;
}

static void forget(loop *l) {
  sd_plan_free(l->plan);
  sd_free(l->room);
  sd_free(l->heads);
  sd_free(l->staged);
  sd_free(l->moves);
  l->plan = NULL;
  l->room = NULL;
  l->heads = l->staged = NULL;
  l->moves = NULL;
}

static int ready(loop *l) {
  const sd_body *b = &l->body;
  size_t n = (size_t)count_in(b) + 1;
  if (l->plan) return SD_OK;
  l->heads = sd_alloc(n, sizeof *l->heads);
  l->staged = sd_alloc(n, sizeof *l->staged);
  l->moves = sd_alloc(n, 1);
  int *leaf = sd_alloc((size_t)count_out(b) + 1, sizeof *leaf);
  int status = l->heads && l->staged && l->moves && leaf ? SD_OK : SD_ENOMEM;
  for (int j = 0; j < count_out(b) && leaf; j++) leaf[j] = j < b->states ? 1 + j : -1;
  sd_layout layout = {count_in(b) + 1, leaf, NULL};
  if (status == SD_OK) status = sd_plan_new_laid(b->g, count_out(b), b->out, 0, &layout, &l->plan);
  sd_free(leaf);
  if (status == SD_OK) status = take_room(l);
  if (status != SD_OK) forget(l);
  return status;
}

/* ---- the kernel -------------------------------------------------------------------------------*/

/* Value t, from 0, of a tape, as type `like` has it. */
static sd_mat column(const sd_mat *tape, ptrdiff_t t, const sd_mat *like) {
  void *x = tape->dtype == SD_RNG ? (void *)((sd_rng *)tape->x + t)
                                  : sd_mat_block(tape, 0, t, tape->rows, 1).x;
  return sd_mat_over(like->rows, like->cols, like->dtype, x);
}

static void bind(loop *l, const sd_call *c) {
  const sd_body *b = &l->body;
  for (int i = 0; i < b->states; i++) {
    sd_value_copy(&c->in[i], &c->out[i]);
    l->heads[1 + i] = c->out[i];
  }
  for (int k = b->states; k < b->states + b->constants; k++) l->heads[1 + k] = c->in[k];
  sd_plan_bind(l->plan, l->room, l->heads, NULL);
  l->swapped = 0;
}

static void swap(loop *l) {
  sd_plan_swap(l->plan);
  l->swapped = !l->swapped;
}

/* The states that swap <- their last values. */
static void settle(loop *l, const sd_call *c) {
  if (!l->swapped) return;
  swap(l);
  for (int i = 0; i < l->body.states; i++)
    if (sd_plan_swaps(l->plan, i)) sd_value_copy(sd_plan_output(l->plan, i), &c->out[i]);
}

/* How the state after an iteration gets to its own place: it is there already, or swaps; it is
 * copied; it lies in the place of a state (two were exchanged), and goes by way of the second
 * place. */
enum { STAYS, COPIED, STAGED };

static void choose_moves(loop *l, const sd_call *c) {
  int n = l->body.states;
  for (int i = 0; i < n; i++) {
    const sd_mat *y = sd_plan_output(l->plan, i);
    int stays = sd_plan_swaps(l->plan, i) || sd_mat_same(y, &c->out[i]);
    l->moves[i] = stays ? STAYS : COPIED;
    for (int k = 0; k < n && l->moves[i] == COPIED; k++)
      if (sd_mat_overlap(y, &c->out[k])) l->moves[i] = STAGED;
  }
}

static void advance(loop *l, const sd_call *c) {
  int n = l->body.states;
  for (int i = 0; i < n; i++)
    if (l->moves[i] == STAGED) sd_value_copy(sd_plan_output(l->plan, i), &l->staged[i]);
  for (int i = 0; i < n; i++)
    if (l->moves[i] != STAYS)
      sd_value_copy(l->moves[i] == STAGED ? &l->staged[i] : sd_plan_output(l->plan, i), &c->out[i]);
}

static int iterate(loop *l, const sd_call *c, int64_t t, int first) {
  const sd_body *b = &l->body;
  l->t = (double)t;
  for (int k = 0; k < b->reads; k++) {
    sd_mat *to = &l->heads[1 + b->states + b->constants + k];
    sd_mat from = column(&c->in[b->states + b->constants + k], t - 1, to);
    sd_value_copy(&from, to);
  }
  int status = sd_plan_run(l->plan);
  if (status != SD_OK) return status;
  for (int j = 0; j < b->writes; j++) {
    const sd_mat *y = sd_plan_output(l->plan, b->states + j);
    sd_mat to = column(&c->out[b->states + j], t - 1, y);
    sd_value_copy(y, &to);
  }
  if (first) choose_moves(l, c);
  advance(l, c);
  swap(l);
  return sd_interrupted() ? SD_EINTR : SD_OK;
}

static int run(const sd_call *c) {
  loop *l = loop_of(c->op);
  int64_t n = c->attr->k[0], back = c->attr->k[1];
  if (l->running) return SD_EARG; /* a function of the script ran it again from within */
  int status = ready(l);
  if (status != SD_OK) return status;
  l->running = 1;
  bind(l, c);
  for (int64_t i = 1; i <= n && status == SD_OK; i++)
    status = iterate(l, c, back ? n + 1 - i : i, i == 1);
  settle(l, c);
  l->running = 0;
  return status;
}

static void fail(const sd_call *c, int status, char why[SD_WHY]) {
  const loop *l = loop_of(c->op);
  if (l->plan == NULL || l->running)
    snprintf(why, SD_WHY, "loop: %s", l->running ? "it is running" : sd_status_text(status));
  else
    snprintf(why, SD_WHY, "loop: iteration %.0f: %.200s", l->t, sd_plan_why(l->plan));
}

static double flops(const sd_site *s) {
  const sd_graph *g = sd_loop_body(s->op)->g;
  double sum = 0;
  for (sd_ref r = 1; r <= sd_graph_size(g); r++) sum += sd_node_flops(g, r);
  return sum * (double)s->attr->k[0];
}

/* The switches of each iteration would be values of the body, which nobody outside sees. */
static int has_kinks(const sd_op *op) {
  const sd_graph *g = sd_loop_body(op)->g;
  for (sd_ref r = 1; r <= sd_graph_size(g); r++) {
    const sd_op *inner = sd_node_at(g, r)->op;
    if (inner->run == run ? has_kinks(inner) : inner->kink != NULL) return 1;
  }
  return 0;
}

static int kink(sd_graph *g, sd_ref self, sd_ref *sw) {
  (void)sw;
  return has_kinks(sd_node_at(g, self)->op) ? SD_UNTOLD : 0;
}

/* ---- making -----------------------------------------------------------------------------------*/

static void hold(const sd_op *op, int by) {
  loop *l = loop_of(op);
  l->refs += by;
  if (l->refs > 0) return;
  forget(l);
  sd_graph_free((sd_graph *)l->body.g);
  sd_free((sd_ref *)l->body.in);
  sd_free(l);
}

/* body <- the part of `from` that its outputs need, with lists over refs. */
static int copy_body(const sd_body *from, sd_body *body, sd_ref *refs) {
  sd_graph *g;
  int inputs = sd_graph_inputs(from->g), status = sd_graph_new(&g);
  sd_ref *map = sd_alloc((size_t)inputs + 1, sizeof *map), *in = refs, *out = in + count_in(from);
  *body = *from;
  body->g = g;
  body->in = in;
  body->out = out;
  if (map == NULL || status != SD_OK) {
    sd_free(map);
    return SD_ENOMEM;
  }
  memset(map, 0, ((size_t)inputs + 1) * sizeof *map);
  body->t = sd_graph_input(g, type_of(from, from->t));
  map[sd_node_at(from->g, from->t)->attr.k[0]] = body->t;
  if (body->t < 0) status = body->t;
  for (int k = 0; k < count_in(from) && status == SD_OK; k++) {
    in[k] = sd_graph_input(g, type_of(from, from->in[k]));
    map[sd_node_at(from->g, from->in[k])->attr.k[0]] = in[k];
    if (in[k] < 0) status = in[k];
  }
  if (status == SD_OK) status = sd_graph_inline(g, from->g, map, count_out(from), from->out, out);
  sd_free(map);
  return status;
}

int sd_loop_new(const sd_body *body, const sd_op **op) {
  loop *l = sd_alloc(1, sizeof *l);
  sd_ref *refs = sd_alloc((size_t)count_in(body) + (size_t)count_out(body) + 1, sizeof *refs);
  *op = NULL;
  if (l == NULL || refs == NULL) {
    sd_free(l);
    sd_free(refs);
    return SD_ENOMEM;
  }
  memset(l, 0, sizeof *l);
  l->refs = 1;
  l->op = (sd_op){.name = "loop",
                  .nargs = -1,
                  .nouts = count_out(body),
                  .ctx = l,
                  .takes_rngs = 1,
                  .asks = 1,
                  .hold = hold,
                  .infer = infer,
                  .run = run,
                  .fail = fail,
                  .reverse = sd_loop_reverse,
                  .forward = sd_loop_forward,
                  .kink = kink,
                  .column = sd_column_mixes,
                  .flops = flops};
  int status = copy_body(body, &l->body, refs);
  if (status == SD_OK)
    *op = &l->op;
  else
    hold(&l->op, -1);
  return status;
}
