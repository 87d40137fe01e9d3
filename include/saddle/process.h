/* Processes: children with a pipe each way, locks that end with whoever holds them, the machine.
 *
 * A child is another program, started by exec. Its standard input is a pipe from us, and its file
 * descriptor 3 a pipe to us, which leaves its standard output to what it prints. Standard error is
 * shared; no other descriptor of ours is open in it. A child learns that we are gone, however we
 * went, by the end of its input.
 *
 * No call is in danger of SIGPIPE, which would end us when a child has gone: writing to it is an
 * error like others. Calls that can take long poll sd_interrupted() ten times a second.
 *
 * On failure `why` holds a sentence. One thread calls at a time. */
#ifndef SADDLE_PROCESS_H
#define SADDLE_PROCESS_H

#include "saddle/status.h"
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* ---- children ---------------------------------------------------------------------------------*/

typedef struct sd_child sd_child;

enum { SD_OUT_INHERIT, SD_OUT_STDERR, SD_OUT_NULL }; /* where a child's standard output goes */
enum { SD_RUNS, SD_EXITED, SD_KILLED };

/* Starts words[0], looked for along PATH unless it has a slash, with these arguments; both lists
 * end with NULL. The environment is ours, with each "NAME=value" of extra instead. In the child no
 * signal is blocked, and all have their default action but those of terminals (HUP, INT, QUIT)
 * that are ignored here: under nohup they stay so. *child: sd_child_free later. SD_EIO ("cannot
 * start <program>: <reason>"), SD_ENOMEM. */
int sd_child_start(char *const words[], char *const extra[], int out, sd_child **child,
                   char why[SD_WHY]);
long sd_child_pid(const sd_child *c);

/* Writes all n bytes to the child's input, and waits for room: a child that never reads holds us
 * until it ends or the user interrupts. SD_EIO when it has ended or closed its input, SD_EINTR. */
int sd_child_write(sd_child *c, const char *text, size_t n, char why[SD_WHY]);
/* The child's input ends; any number of times. */
void sd_child_close(sd_child *c);
/* to <- up to `room` bytes of what the child has reported, without waiting: *n of them, 0 when
 * there is nothing yet. SD_OK; 1 at the end, when all is read and the child has ended or closed its
 * descriptor 3; SD_EIO. */
int sd_child_read(sd_child *c, char *to, size_t room, size_t *n, char why[SD_WHY]);
/* Sends the signal of that number. SD_EIO, also when sd_child_status has seen the child's end. */
int sd_child_signal(sd_child *c, int number, char why[SD_WHY]);
/* *how <- SD_RUNS, SD_EXITED or SD_KILLED, *number <- its exit status or signal. It does not wait.
 * SD_EIO. */
int sd_child_status(sd_child *c, int *how, int *number, char why[SD_WHY]);
/* Waits until one of the n children has something to read or has ended, at most that many seconds
 * (infinity: no limit): *ready <- whether one has. SD_EINTR, SD_EIO, SD_ENOMEM. */
int sd_child_wait(sd_child *const *list, size_t n, double seconds, int *ready, char why[SD_WHY]);
/* Closes the pipes and gives the handle back; NULL is allowed. A child that still runs goes on
 * with its input ended; later calls see to it that it leaves no zombie. */
void sd_child_free(sd_child *c);

/* ---- in a child -------------------------------------------------------------------------------*/

/* Writes all n bytes to the parent, as sd_child_write; up to PIPE_BUF (4096) bytes arrive in one
 * piece. SD_EIO, also when descriptor 3 is no pipe: then nobody has started us in this way. */
int sd_report(const char *text, size_t n, char why[SD_WHY]);
/* 1 when nobody can write to our standard input any more and all of it has been taken, or it is
 * closed. What stdio has read ahead counts as taken. */
int sd_orphaned(void);

/* ---- locks ------------------------------------------------------------------------------------
 * Locks on single bytes, up to SD_LOCK_LAST, of a file, which need not have them. Linux's locks of
 * open file descriptions: the system releases them when the holder closes the file or ends in
 * whatever way, and two openings of one process exclude one another too. */

#define SD_LOCK_LAST (INT64_MAX - 1)

/* *fd <- the file, open for locks; it is created if need be. close(2) it. SD_EIO. */
int sd_lock_open(const char *path, int *fd, char why[SD_WHY]);
/* *taken <- whether the lock is ours now (it may have been before). SD_EIO. */
int sd_lock_take(int fd, int64_t byte, int *taken, char why[SD_WHY]);
/* *taken <- whether somebody else holds it. SD_EIO. */
int sd_lock_taken(int fd, int64_t byte, int *taken, char why[SD_WHY]);
int sd_lock_release(int fd, int64_t byte, char why[SD_WHY]); /* ours or not. SD_EIO */

/* ---- the machine ------------------------------------------------------------------------------*/

typedef struct sd_machine {
  char host[128], cpu[128], system[256]; /* "Linux 6.1.0 x86_64"; cpu is "" when nobody says */
  int cores;                             /* that are switched on */
  uint64_t memory;                       /* bytes */
} sd_machine;

void sd_machine_look(sd_machine *m);
int sd_cores(void);   /* on which this process may run */
double sd_time(void); /* seconds since 1970, by the machine's clock, which may jump */
/* path <- the file of the running program. SD_EIO, also when that has been replaced or removed. */
int sd_executable(char path[PATH_MAX], char why[SD_WHY]);
/* full <- the path from the root, without links, of a file or folder that is there. SD_EIO. */
int sd_realpath(const char *path, char full[PATH_MAX], char why[SD_WHY]);

#endif
