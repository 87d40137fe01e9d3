/* Making, binding and running plans (see plan.h, planning.h). */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <stdio.h>
#include <string.h>

/* ---- making -----------------------------------------------------------------------------------*/

/* The plan's own graph: what the outputs need of g, with all of g's inputs. */
static int copy_graph(sd_plan *p, const sd_graph *g, const sd_ref *outs) {
  int inputs = sd_graph_inputs(g), status = sd_graph_new(&p->g);
  sd_ref *in = sd_alloc((size_t)inputs + 1, sizeof *in);
  if (in == NULL && status == SD_OK) status = SD_ENOMEM;
  for (sd_ref r = 1; r <= sd_graph_size(g) && status == SD_OK; r++) {
    const sd_node *n = sd_node_at(g, r);
    if (n->op != &sd_op_input) continue;
    sd_ref made = sd_graph_input(p->g, n->type);
    in[n->attr.k[0]] = made;
    if (made < 0) status = made;
  }
  if (status == SD_OK) status = sd_graph_lower(p->g, g, in, p->nout, outs, p->outs);
  for (int j = 0; j < p->nout && status == SD_OK; j++) p->types[j] = sd_node_at(g, outs[j])->type;
  sd_free(in);
  return status;
}

/* Which captures of g those of the plan's graph are. */
static int copy_captures(sd_plan *p, const sd_graph *g) {
  int n = sd_graph_captures(p->g);
  p->ncaptures = sd_graph_captures(g);
  p->captures = sd_alloc((size_t)p->ncaptures + 1, sizeof *p->captures);
  p->seen = sd_alloc((size_t)p->ncaptures + 1, sizeof *p->seen);
  p->capture_of = sd_alloc((size_t)n + 1, sizeof *p->capture_of);
  if (!p->captures || !p->seen || !p->capture_of) return SD_ENOMEM;
  for (int k = 0; k < p->ncaptures; k++) {
    p->captures[k] = *sd_graph_capture_at(g, k);
    p->seen[k] = 0;
  }
  for (int k = 0; k < n; k++) {
    int i = 0;
    while (!sd_mat_same(&sd_graph_capture_at(p->g, k)->m, &p->captures[i].m)) i++;
    p->capture_of[k] = i;
  }
  return SD_OK;
}

static int lay_out(sd_plan *p, const int *leaf) {
  size_t size = (size_t)sd_graph_size(p->g), nargs = 0, heads = size + 1;
  for (sd_ref r = 1; r <= (sd_ref)size; r++) {
    const sd_node *n = sd_plan_node(p, r);
    nargs += (size_t)n->nargs;
    heads += (size_t)(n->nargs + n->nouts);
  }
  p->values = sd_alloc(size + 1, sizeof *p->values);
  p->args = sd_alloc(nargs + 1, sizeof *p->args);
  p->members = sd_alloc(size + 1, sizeof *p->members);
  p->steps = sd_alloc(size + 1, sizeof *p->steps);
  p->heads = sd_alloc(heads, sizeof *p->heads);
  p->nheads = (int)heads;
  if (!p->values || !p->args || !p->members || !p->steps || !p->heads) return SD_ENOMEM;
  memset(p->heads, 0, heads * sizeof *p->heads); /* some are never bound; swap.c skips them */
  int status = sd_plan_group(p);
  if (status == SD_OK) status = sd_plan_commit(p, leaf);
  if (status != SD_OK) return status;
  sd_plan_note_uses(p);
  status = sd_plan_place(p);
  if (status == SD_OK) status = sd_plan_chain(p);
  if (status == SD_OK) status = sd_plan_make_patches(p);
  return status == SD_OK ? sd_plan_make_moves(p) : status;
}

static int are_nodes(const sd_graph *g, int nout, const sd_ref *outs) {
  for (int j = 0; j < nout; j++)
    if (outs[j] < 1 || outs[j] > sd_graph_size(g)) return 0;
  return 1;
}

int sd_plan_new_laid(const sd_graph *g, int nout, const sd_ref *outs, int flags,
                     const sd_layout *layout, sd_plan **plan) {
  sd_plan *p = NULL;
  int status;
  *plan = NULL;
  if (!are_nodes(g, nout, outs)) return SD_EARG;
  if ((p = sd_alloc(1, sizeof *p)) == NULL) return SD_ENOMEM;
  memset(p, 0, sizeof *p);
  p->nout = nout;
  p->flags = flags;
  p->nodes_before = sd_graph_size(g);
  p->outs = sd_alloc((size_t)nout + 1, sizeof *p->outs);
  p->types = sd_alloc((size_t)nout + 1, sizeof *p->types);
  status = p->outs && p->types ? copy_graph(p, g, outs) : SD_ENOMEM;
  if (status == SD_OK && layout && layout->turned) status = sd_plan_turn(p, layout);
  if (status == SD_OK) status = sd_plan_accumulate(p);
  if (status == SD_OK) status = copy_captures(p, g);
  if (status == SD_OK) status = lay_out(p, layout ? layout->leaf : NULL);
  if (status == SD_OK)
    *plan = p;
  else
    sd_plan_free(p);
  return status;
}

int sd_plan_new(const sd_graph *g, int nout, const sd_ref *outs, int flags, sd_plan **plan) {
  return sd_plan_new_laid(g, nout, outs, flags, NULL, plan);
}

void sd_plan_free(sd_plan *p) {
  if (p == NULL) return;
  void *blocks[] = {p->outs,     p->types,      p->values, p->args,    p->members, p->steps,
                    p->chains,   p->places,     p->links,  p->refs,    p->cells,   p->heads,
                    p->captures, p->capture_of, p->seen,   p->patches, p->moves};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) sd_free(blocks[i]);
  sd_graph_free(p->g);
  sd_pool_drain(&p->pool);
  sd_free(p);
}

/* ---- access -----------------------------------------------------------------------------------*/

int sd_plan_inputs(const sd_plan *p) { return sd_graph_inputs(p->g); }
/* The inputs are the first nodes of the plan's graph. */
sd_type sd_plan_input_type(const sd_plan *p, int k) { return sd_plan_node(p, k + 1)->type; }
int sd_plan_outputs(const sd_plan *p) { return p->nout; }
sd_type sd_plan_output_type(const sd_plan *p, int j) { return p->types[j]; }
size_t sd_plan_arena(const sd_plan *p) { return p->arena; }
int sd_plan_captures(const sd_plan *p) { return p->ncaptures; }
const sd_mat *sd_plan_capture(const sd_plan *p, int k) { return &p->captures[k].m; }
const sd_mat *sd_plan_output(const sd_plan *p, int j) { return &p->heads[p->outs[j]]; }
const char *sd_plan_why(const sd_plan *p) { return p->why; }

int sd_plan_output_input(const sd_plan *p, int j) {
  sd_ref r = p->values[p->outs[j]].root;
  while (p->values[r].kind == SD_MAYBE) r = p->values[p->values[r].args[0]].root;
  const sd_node *n = sd_plan_node(p, r);
  return n->op == &sd_op_input ? (int)n->attr.k[0] : -1;
}

/* ---- binding ----------------------------------------------------------------------------------*/

/* 1 when the value lies in its argument; its header says where. */
static int bind_view(sd_plan *p, sd_ref r, const sd_node *n) {
  sd_mat *of = &p->heads[p->values[r].args[0]];
  sd_call call = {n->op, &n->attr, 1, 1, of, &p->heads[r]};
  p->heads[r] = sd_mat_over(n->type.rows, n->type.cols, n->type.dtype, of->x);
  return n->op->view(&call);
}

static void bind_value(sd_plan *p, sd_ref r, const sd_mat *in) {
  const sd_node *n = sd_plan_node(p, r);
  const sd_value *v = &p->values[r];
  if (n->op == &sd_op_input) {
    p->heads[r] = in[n->attr.k[0]];
  } else if (n->op == &sd_op_capture) {
    p->heads[r] = p->captures[p->capture_of[n->attr.k[0]]].m;
  } else if (v->kind == SD_VIEW) {
    bind_view(p, r, n);
  } else if (v->kind == SD_MOVES) {
    p->heads[r] = sd_mat_block(&p->heads[v->args[0]], 0, 0, n->type.rows, 1);
  } else if (v->over) {
    p->heads[r] = p->heads[v->over];
  } else if (v->stored) {
    if (v->kind == SD_MAYBE && (p->steps[v->step].skipped = bind_view(p, r, n))) return;
    p->heads[r] = sd_mat_over(n->type.rows, n->type.cols, n->type.dtype, p->memory + v->offset);
  }
}

/* The cell of a constant, or the header of a value. */
static sd_mat operand(const sd_plan *p, sd_ref r) {
  const sd_value *v = &p->values[r];
  if (v->kind != SD_ABSENT) return p->heads[r];
  return sd_mat_over(1, 1, sd_plan_node(p, r)->type.dtype, &p->cells[v->cell - 1]);
}

static void bind_chain(sd_plan *p, const sd_step *s) {
  for (int i = 0; i < s->chain->nin + s->chain->nout; i++)
    s->chain->places[i].m = operand(p, s->refs[i]);
  sd_chain_bind(s->chain, p->memory + p->scratch);
}

/* The headers of a call lie in `at`; the next ones after them are returned. */
static sd_mat *bind_call(sd_plan *p, sd_step *s, sd_mat *at) {
  sd_ref r = s->members[0];
  const sd_node *n = sd_plan_node(p, r);
  s->call = (sd_call){n->op, &n->attr, n->nargs, n->nouts, at, at + n->nargs};
  for (int k = 0; k < n->nargs; k++) *at++ = p->heads[p->values[r].args[k]];
  for (int j = 0; j < n->nouts; j++) *at++ = p->heads[r + j];
  return at;
}

static int run_nothing(sd_step *s) { return (void)s, SD_OK; }
static int run_chain(sd_step *s) { return sd_chain_run(s->chain), SD_OK; }
static int run_call(sd_step *s) { return s->call.op->run(&s->call); }
static int run_bound(sd_step *s) { return s->bound.run(&s->call, &s->bound); }
static int run_move(sd_step *s) { return sd_plan_move(s); }

/* How the step runs, now that all headers are there. */
static void bind_run(sd_step *s) {
  s->bound.run = NULL;
  if (!s->chain && s->call.op->bind) s->call.op->bind(&s->call, &s->bound);
  s->run = s->moves       ? run_move
           : s->chain     ? run_chain
           : s->skipped   ? run_nothing
           : s->bound.run ? run_bound
                          : run_call;
}

void sd_plan_feed(sd_plan *p, const sd_mat *in) {
  int size = sd_graph_size(p->g);
  sd_mat *at = p->heads + size + 1;
  for (sd_ref r = 1; r <= size; r++) bind_value(p, r, in);
  for (int i = 0; i < p->nsteps; i++)
    if (p->steps[i].chain)
      bind_chain(p, &p->steps[i]);
    else
      at = bind_call(p, &p->steps[i], at);
  sd_plan_note_patches(p);
  sd_plan_note_moves(p);
  for (int i = 0; i < p->nsteps; i++) bind_run(&p->steps[i]);
}

void sd_plan_bind(sd_plan *p, void *arena, const sd_mat *in, const sd_capture *captures) {
  for (int k = 0; captures && k < p->ncaptures; k++) p->captures[k] = captures[k];
  p->memory = arena;
  p->constant_done = 0;
  sd_plan_feed(p, in);
}

/* ---- running ----------------------------------------------------------------------------------*/

/* 1 when the constant steps have run since the last write to a captured matrix. */
static int is_fresh(sd_plan *p) {
  int fresh = p->constant_done;
  for (int k = 0; k < p->ncaptures; k++) {
    const uint64_t *version = p->captures[k].version;
    if (version && *version != p->seen[k]) fresh = 0;
    if (version) p->seen[k] = *version;
  }
  return fresh;
}

static int failed(sd_plan *p, const sd_step *s, int status) {
  const sd_node *n = sd_plan_node(p, s->members[0]);
  char why[SD_WHY];
  sd_fail(&s->call, status, why);
  if (n->source)
    snprintf(p->why, sizeof p->why, "%.*s (at %s:%d)", SD_WHY - 80, why, n->source, n->line);
  else
    snprintf(p->why, sizeof p->why, "%s", why);
  return status;
}

/* For tests: what nobody reads any more becomes NaN. */
static void poison(sd_plan *p, const sd_step *s) {
  for (sd_ref r = s->released; r; r = p->values[r].next)
    memset(p->memory + p->values[r].offset, 0xff, p->values[r].bytes);
}

static int run_steps(sd_plan *p, int from, int to) {
  for (int i = from; i < to; i++) {
    sd_step *s = &p->steps[i];
    int status = s->run(s);
    if (status != SD_OK) return failed(p, s, status);
    if (sd_interrupted()) return SD_EINTR;
    if (p->flags & SD_PLAN_POISON) poison(p, s);
  }
  return SD_OK;
}

/* All of the last steps or none: what could fail in them is looked at before the first. */
static int run_commits(sd_plan *p) {
  sd_step *first = p->steps + p->nsteps - p->ncommits, *end = p->steps + p->nsteps;
  for (const sd_step *s = first; s < end; s++) {
    int status = s->chain || !s->call.op->check ? SD_OK : s->call.op->check(&s->call);
    if (status != SD_OK) return failed(p, s, status);
  }
  for (sd_step *s = first; s < end; s++) s->run(s);
  return SD_OK;
}

int sd_plan_run(sd_plan *p) {
  int fresh = is_fresh(p), status = SD_OK;
  sd_pool *before = sd_pool_use(&p->pool);
  *p->why = 0;
  if (!fresh) status = run_steps(p, 0, p->nconstant);
  p->constant_done = status == SD_OK;
  if (status == SD_OK) status = run_steps(p, p->nconstant, p->nsteps - p->ncommits);
  if (status == SD_OK) status = run_commits(p);
  sd_pool_use(before);
  return status;
}
