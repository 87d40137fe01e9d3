/* The derivatives of loops, which are loops (see saddle/loop.h).
 *
 * Forward: with x' = f(x, c), the loop of (x, dx) -> (f(x, c), Df(x, c) (dx, dc)). Reverse: a loop
 * that writes down x_t before each iteration; then, from the last to the first,
 * (bar x, bar c) <- (Df' bar x, bar c + Df' bar x), read at x_t. Leaves that do not depend on what
 * is asked for, or on which no given cotangent depends, carry none. */
#include "loop.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* A body that is being written, and the loop's arguments for its inputs. */
typedef struct list {
  sd_ref *in, *arg, *out;
  int n;
} list;

typedef struct sketch {
  sd_graph *g;
  int status; /* of what was added */
  sd_ref t;
  list state, constant, read, write; /* of a write only `out` is used */
  sd_ref *rows;                      /* the lists' memory */
} sketch;

static int sketch_open(sketch *s, int most) {
  size_t n = (size_t)most + 1;
  memset(s, 0, sizeof *s);
  s->rows = sd_alloc(12 * n, sizeof *s->rows);
  if (s->rows == NULL || sd_graph_new(&s->g) != SD_OK) return SD_ENOMEM;
  list *lists[4] = {&s->state, &s->constant, &s->read, &s->write};
  for (size_t k = 0; k < 4; k++)
    *lists[k] =
        (list){s->rows + 3 * k * n, s->rows + (3 * k + 1) * n, s->rows + (3 * k + 2) * n, 0};
  s->t = sd_graph_input(s->g, sd_type_number());
  return s->t < 0 ? s->t : SD_OK;
}

static void sketch_close(sketch *s) {
  sd_graph_free(s->g);
  sd_free(s->rows);
}

/* One more input of type t, fed by arg. */
static sd_ref add(sketch *s, list *l, sd_type t, sd_ref arg) {
  sd_ref r = sd_graph_input(s->g, t);
  if (r < 0 || arg < 0) s->status = r < 0 ? r : arg;
  l->in[l->n] = r;
  l->arg[l->n++] = arg;
  return r;
}

/* Drops the inputs that no output needs. */
static void prune(list *l, const char *live) {
  int n = 0;
  for (int k = 0; k < l->n; k++)
    if (live[l->in[k]]) {
      l->in[n] = l->in[k];
      l->arg[n++] = l->arg[k];
    }
  l->n = n;
}

static void mark_live(const sketch *s, char *live) {
  for (int k = 0; k < s->state.n; k++) live[s->state.out[k]] = 1;
  for (int k = 0; k < s->write.n; k++) live[s->write.out[k]] = 1;
  for (sd_ref r = sd_graph_size(s->g); r >= 1; r--) {
    const sd_node *n = sd_node_at(s->g, r);
    for (int k = 0; k < n->nargs && live[r]; k++) live[n->args[k]] = 1;
  }
}

/* The loop over the sketch, recorded in g: its node. */
static sd_ref emit(sd_graph *g, const sketch *s, const sd_attr *attr) {
  int nin = s->state.n + s->constant.n + s->read.n, nout = s->state.n + s->write.n, at = 0;
  const sd_op *op;
  sd_ref *in = sd_alloc(2 * (size_t)nin + (size_t)nout + 1, sizeof *in), *args = in + nin;
  if (in == NULL) return SD_ENOMEM;
  const list *lists[3] = {&s->state, &s->constant, &s->read};
  for (int l = 0; l < 3; l++)
    for (int k = 0; k < lists[l]->n; k++, at++) {
      in[at] = lists[l]->in[k];
      args[at] = lists[l]->arg[k];
    }
  sd_ref *out = args + nin;
  memcpy(out, s->state.out, (size_t)s->state.n * sizeof *out);
  memcpy(out + s->state.n, s->write.out, (size_t)s->write.n * sizeof *out);
  sd_body body = {s->g, s->state.n, s->constant.n, s->read.n, s->write.n, s->t, in, out};
  sd_ref r = nout == 0 ? SD_EARG : sd_loop_new(&body, &op);
  if (r == SD_OK) {
    r = sd_emit(g, op, attr, nin, args, nout);
    op->hold(op, -1);
  }
  sd_free(in);
  return r;
}

/* ---- what depends on what ---------------------------------------------------------------------*/

static int is_rng(const sd_body *b, sd_ref r) { return sd_node_at(b->g, r)->type.dtype == SD_RNG; }

/* moves[] of the body's nodes: grows from the inputs marked to all that depend on them, in this
 * iteration or a later one. */
static void flow_down(const sd_body *b, char *moves) {
  for (int more = 1; more;) {
    more = 0;
    for (sd_ref r = 1; r <= sd_graph_size(b->g); r++) {
      const sd_node *n = sd_node_at(b->g, r);
      for (int k = 0; k < n->nargs && !moves[r]; k++) moves[r] = moves[n->args[k]];
    }
    for (int i = 0; i < b->states; i++)
      if (moves[b->out[i]] && !moves[b->in[i]] && !is_rng(b, b->in[i]))
        moves[b->in[i]] = 1, more = 1;
  }
}

/* needed[] of the body's nodes: grows from the outputs marked to all that they depend on, in this
 * iteration or an earlier one. */
static void flow_up(const sd_body *b, char *needed) {
  for (int more = 1; more;) {
    more = 0;
    for (sd_ref r = sd_graph_size(b->g); r >= 1; r--) {
      const sd_node *n = sd_node_at(b->g, r);
      for (int k = 0; k < n->nargs && needed[r]; k++) needed[n->args[k]] = 1;
    }
    for (int i = 0; i < b->states; i++)
      if (needed[b->in[i]] && !needed[b->out[i]]) needed[b->out[i]] = 1, more = 1;
  }
}

/* ---- work shared by both modes ----------------------------------------------------------------*/

typedef struct work {
  sd_graph *g;
  const sd_node *n;
  const sd_body *b;
  int S, C, X
  , Y;
  char *moves, *needed; /* of the body's nodes */
  sd_ref *in;           /* what the body's inputs are in a sketch; 0 is t */
  sd_ref *o;            /* what the body's outputs are there */
  sd_ref *a, *c, *d;    /* lists for the transforms of the sketch */
  void *room;
} work;

static int begin(work *w, sd_graph *g, sd_ref self) {
  const sd_node *n = sd_node_at(g, self);
  const sd_body *b = sd_loop_body(n->op);
  size_t nodes = (size_t)sd_graph_size(b->g) + 1;
  size_t all = (size_t)(b->states + b->constants + b->reads + b->writes) + 2;
  *w = (work) {
    .g = g, .n = n, .b = b, .S = b->states, .C = b->constants, .X
    = b->reads
  };
  w->Y = b->writes;
  size_t bytes = 6 * all * sizeof(sd_ref) + 2 * nodes;
  w->room = sd_alloc(bytes, 1);
  if (w->room == NULL) return SD_ENOMEM;
  memset(w->room, 0, bytes);
  w->in = w->room;
  w->o = w->in + all;
  w->a = w->o + all;
  w->c = w->a + all;
  w->d = w->c + 2 * all;
  w->moves = (char *)(w->d + all);
  w->needed = w->moves + nodes;
  return SD_OK;
}

/* Inputs of the sketch for the body's own k = from, ..., to - 1. */
static void add_own(work *w, sketch *s, list *l, int from, int to) {
  for (int k = from; k < to; k++)
    w->in[k + 1] = add(s, l, g_type(w->b->g, w->b->in[k]), w->n->args[k]);
}

/* Copies the body into the sketch, whose inputs are in w->in. */
static int inline_body(work *w, sketch *s) {
  if (s->status != SD_OK) return s->status;
  w->in[0] = s->t;
  return sd_graph_inline(s->g, w->b->g, w->in, w->S + w->Y, w->b->out, w->o);
}

/* x, or where it is 0 zeros of x's type `like`. */
static sd_ref or_zeros(sd_graph *g, sd_ref x, sd_type like) {
  return x != 0 ? x : g_zeros(g, &like);
}

static int explain(sd_graph *g, const sketch *s, int status) {
  if (status == SD_OK || s->g == NULL || *sd_graph_why(s->g) == 0) return status;
  return sd_graph_refuse(g, status, "loop: %.200s", sd_graph_why(s->g));
}

/* ---- forward ----------------------------------------------------------------------------------*/

/* Tangents of inputs from..to-1 that move, as inputs; their nodes go to w->a, w->c from *n on. */
static void add_tangents(work *w, sketch *s, list *l, const sd_ref *dot, int from, int to, int *n) {
  for (int k = from; k < to; k++) {
    sd_ref own = w->b->in[k], arg = w->n->args[k];
    if (!w->moves[own]) continue;
    w->a[*n] = w->in[k + 1];
    w->c[(*n)++] = add(s, l, g_type(w->b->g, own), or_zeros(w->g, dot[k], g_type(w->g, arg)));
  }
}

static int write_forward(work *w, sketch *s, const sd_ref *dot) {
  int C0 = w->S, X0 = w->S + w->C, n = 0, nout = 0;
  add_own(w, s, &s->state, 0, C0);
  add_own(w, s, &s->constant, C0, X0);
  add_own(w, s, &s->read, X0, X0 + w->X);
  add_tangents(w, s, &s->state, dot, 0, C0, &n);
  add_tangents(w, s, &s->constant, dot, C0, X0, &n);
  add_tangents(w, s, &s->read, dot, X0, X0 + w->X, &n);
  int status = inline_body(w, s);
  if (status != SD_OK) return status;
  memcpy(s->state.out, w->o, (size_t)w->S * sizeof(sd_ref));
  memcpy(s->write.out, w->o + w->S, (size_t)w->Y * sizeof(sd_ref));
  s->write.n = w->Y;
  sd_ref *outs = w->in; /* done with */
  for (int j = 0; j < w->S + w->Y; j++)
    if (w->moves[j < w->S ? w->b->in[j] : w->b->out[j]]) outs[nout++] = w->o[j];
  status = sd_forward(s->g, n, w->a, w->c, nout, outs, w->d);
  if (status != SD_OK) return status;
  int at = w->S;
  for (int k = 0; k < nout; k++) {
    sd_ref tan = or_zeros(s->g, w->d[k], g_type(s->g, outs[k]));
    if (tan < 0) return tan;
    if (at < s->state.n)
      s->state.out[at++] = tan;
    else
      s->write.out[s->write.n++] = tan;
  }
  return SD_OK;
}

int sd_loop_forward(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  work w;
  sketch s = {0};
  int status = begin(&w, g, self);
  if (status == SD_OK) status = sketch_open(&s, 2 * (w.S + w.C + w.X + w.Y));
  if (status == SD_OK) {
    for (int k = 0; k < w.n->nargs; k++)
      if (dot[k] != 0) w.moves[w.b->in[k]] = 1;
    flow_down(w.b, w.moves);
    status = explain(g, &s, write_forward(&w, &s, dot));
  }
  if (status == SD_OK) {
    sd_ref r = emit(g, &s, &w.n->attr);
    int state = w.S, write = s.state.n + w.Y;
    for (int j = 0; j < w.S + w.Y && r > 0; j++)
      if (w.moves[j < w.S ? w.b->in[j] : w.b->out[j]]) tan[j] = r + (j < w.S ? state++ : write++);
    status = r < 0 ? r : SD_OK;
  }
  sketch_close(&s);
  sd_free(w.room);
  return status;
}

/* ---- reverse ----------------------------------------------------------------------------------*/

/* Whether input k of the body has a cotangent in the second loop. */
static int carries(const work *w, int k) {
  sd_ref in = w->b->in[k];
  if (is_rng(w->b, in) || !w->moves[in]) return 0;
  return k < w->S ? w->needed[w->b->out[k]] : w->needed[in];
}

/* bars[] <- the cotangents of the inputs that carry one, in one iteration. The cotangents of the
 * states are the sketch's first states, those of the writes its last reads. */
static int pull_back(work *w, sketch *s, const sd_ref *cot, int first_cot, sd_ref *bars) {
  int nout = 0, nwrt = 0, state = 0;
  for (int j = 0; j < w->S + w->Y; j++) {
    sd_ref bar = 0;
    if (j < w->S && carries(w, j)) bar = s->state.in[state++];
    if (j >= w->S && cot[j] != 0) bar = s->read.in[first_cot++];
    if (bar == 0) continue;
    w->a[nout] = w->o[j];
    w->c[nout++] = bar;
  }
  for (int k = 0; k < w->n->nargs; k++)
    if (carries(w, k)) w->d[nwrt++] = w->in[k + 1];
  return sd_reverse(s->g, nout, w->a, w->c, nwrt, w->d, bars);
}

/* The second loop's body. Its states are cotangents of states and sums of those of constants; it
 * reads the states written down (by argument 0 for now), then what the loop read, then the
 * cotangents of what it wrote. */
static int write_reverse(work *w, sketch *s, const sd_ref *cot) {
  int C0 = w->S, X0 = w->S + w->C, carried = 0, n = 0, status;
  for (int k = 0; k < X0; k++)
    if (carries(w, k)) {
      sd_type t = g_type(w->g, w->n->args[k]);
      add(s, &s->state, t, or_zeros(w->g, k < C0 ? cot[k] : 0, t));
      carried += k < C0;
    }
  add_own(w, s, &s->constant, C0, X0);
  add_own(w, s, &s->read, 0, C0);
  for (int k = 0; k < C0; k++) s->read.arg[k] = 0;
  add_own(w, s, &s->read, X0, X0 + w->X);
  for (int j = 0; j < w->Y; j++)
    if (cot[w->S + j] != 0) add(s, &s->read, g_type(w->b->g, w->b->out[w->S + j]), cot[w->S + j]);
  if ((status = inline_body(w, s)) != SD_OK) return status;
  sd_ref *bars = w->c + 1 + w->S + w->C + w->X
  +w->Y; /* the second half of that list */
  if ((status = pull_back(w, s, cot, C0 + w->X, bars)) != SD_OK) return status;
  for (int k = 0; k < w->n->nargs; k++) {
    if (!carries(w, k)) continue;
    sd_ref bar = bars[n];
    if (k >= C0 && k < X0)
      bar = g_add(s->g, s->state.in[n], bar);
    else
      bar = or_zeros(s->g, bar, g_type(w->b->g, w->b->in[k]));
    if (bar < 0) return bar;
    if (k < X0)
      s->state.out[n] = bar;
    else
      s->write.out[s->write.n++] = bar;
    n++;
  }
  return SD_OK;
}

/* The first loop: the same once more, writing down the states that the second one reads. */
static int record(work *w, sketch *second, const char *live) {
  sketch s = {0};
  int status = sketch_open(&s, 2 * (w->S + w->C + w->X + w->Y)), any = 0;
  for (int k = 0; k < w->S; k++) any |= live[second->read.in[k]];
  if (status == SD_OK && any) {
    add_own(w, &s, &s.state, 0, w->S);
    add_own(w, &s, &s.constant, w->S, w->S + w->C);
    add_own(w, &s, &s.read, w->S + w->C, w->S + w->C + w->X);
    status = inline_body(w, &s);
    memcpy(s.state.out, w->o, (size_t)w->S * sizeof(sd_ref));
    for (int k = 0; k < w->S; k++)
      if (live[second->read.in[k]]) s.write.out[s.write.n++] = s.state.in[k];
    sd_ref r = status == SD_OK ? emit(w->g, &s, &w->n->attr) : status;
    for (int k = 0, at = w->S; k < w->S && r > 0; k++)
      if (live[second->read.in[k]]) second->read.arg[k] = r + at++;
    status = r < 0 ? r : SD_OK;
  }
  sketch_close(&s);
  return status;
}

/* Both loops: the second one's node. */
static sd_ref both(work *w, sketch *s, const sd_ref *cot) {
  sd_attr attr = w->n->attr;
  int status = explain(w->g, s, write_reverse(w, s, cot));
  if (status != SD_OK) return status;
  size_t nodes = (size_t)sd_graph_size(s->g) + 1;
  char *live = sd_alloc(nodes, 1);
  if (live == NULL) return SD_ENOMEM;
  memset(live, 0, nodes);
  mark_live(s, live);
  status = record(w, s, live);
  prune(&s->read, live);
  prune(&s->constant, live);
  sd_free(live);
  attr.k[1] = !attr.k[1];
  return status == SD_OK ? emit(w->g, s, &attr) : status;
}

int sd_loop_reverse(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  work w;
  sketch s = {0};
  int status = begin(&w, g, self), any = 0;
  if (status == SD_OK) status = sketch_open(&s, 2 * (w.S + w.C + w.X + w.Y));
  for (int k = 0; status == SD_OK && k < w.n->nargs; k++) {
    if (bar[k] == 0 && !is_rng(w.b, w.b->in[k])) w.moves[w.b->in[k]] = 1;
    bar[k] = 0;
  }
  if (status == SD_OK) {
    for (int j = 0; j < w.S + w.Y; j++)
      if (cot[j] != 0) w.needed[w.b->out[j]] = 1;
    flow_down(w.b, w.moves);
    flow_up(w.b, w.needed);
    for (int k = 0; k < w.n->nargs; k++) any |= carries(&w, k);
  }
  if (status == SD_OK && any) {
    sd_ref r = both(&w, &s, cot);
    for (int k = 0, at = 0; k < w.n->nargs && r > 0; k++)
      if (carries(&w, k)) bar[k] = r + at++;
    status = r < 0 ? r : SD_OK;
  }
  sketch_close(&s);
  sd_free(w.room);
  return status;
}
