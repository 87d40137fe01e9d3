/* Files: NumPy's .npy and .npz, CSV, and IDX.
 *
 * Reading takes two steps, so that elements go straight into memory that the caller owns:
 * sd_*_open gives shape and dtype, checked against the bytes that the file really has; sd_*_read
 * fills a matrix of that shape. A file is not trusted: no size is believed before it is compared
 * with the file, nothing is executed, and whatever breaks a promise is an error.
 *
 * Writing is atomic: a temporary file in the target's directory is written, flushed to disk and
 * renamed; after any failure the old file is as it was and the temporary is gone. A symbolic link
 * is followed: the file that it names is replaced. The same values give the same bytes.
 *
 * Every function returns a status. On failure `why` (sd_file.why when reading) holds a sentence
 * without the path, and sd_file.line the line of a text file, or 0. Calls poll sd_interrupted().
 *
 * Formats: NEP 1 and numpy.lib.format (NPY 1.0, 2.0, 3.0); PKWARE APPNOTE 6.3 (zip, zip64); RFC
 * 1951 (deflate, by zlib); RFC 4180 (CSV); Y. LeCun, C. Cortes and C. Burges, The MNIST database
 * (IDX); RFC 1952 (gzip). */
#ifndef SADDLE_IO_H
#define SADDLE_IO_H

#include "saddle/matrix.h"
#include "saddle/status.h"
#include <stdint.h>

enum {
  SD_MEMBER_NAME = 1024
}; /* bytes of a member's name in an .npz file, with the closing zero */

/* ---- reading: a regular file ------------------------------------------------------------------*/

typedef struct sd_file {
  int fd;           /* -1: closed */
  uint64_t size;    /* bytes, when it was opened */
  long line;        /* of the last failure in a text file, from 1; else 0 */
  char why[SD_WHY]; /* of the last failure */
} sd_file;

/* A file that is not open; sd_file_close may be called on it. */
#define SD_FILE_CLOSED                                                                             \
  { .fd = -1 }

/* Opens a regular file (through symbolic links); directories, pipes, devices and sockets are
 * refused without being opened. SD_EIO, with fd = -1. */
int sd_file_open(sd_file *f, const char *path);
void sd_file_close(sd_file *f); /* any number of times */

/* ---- NPY --------------------------------------------------------------------------------------*/

/* What a header says. Floats of 4 bytes and less become f32; other numbers and booleans f64. */
typedef struct sd_npy {
  ptrdiff_t rows, cols; /* 0-d: 1x1; 1-d of n: n x 1 */
  int dims;             /* 0, 1 or 2 */
  int dtype;            /* of the matrix to read into: SD_F64 or SD_F32 */
  int fortran;          /* 1: the file is column-major */
  char kind;            /* 'f', 'i', 'u' or 'b' */
  int size;             /* bytes per element in the file */
  int swapped;          /* 1: the file's byte order is not the machine's */
  uint64_t data;        /* bytes before the first element */
} sd_npy;

/* The header of a .npy file. SD_EFORMAT, SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_npy_open(sd_file *f, sd_npy *h);

/* A(rows,cols) of h's dtype, packed <- the array. SD_EFORMAT also for 64-bit integers that no
 * double holds exactly; SD_ESHAPE, SD_EDTYPE, SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_npy_read(sd_file *f, const sd_npy *h, sd_mat *a);

/* ---- NPZ: a zip archive of .npy members -------------------------------------------------------*/

typedef struct sd_npz {
  uint64_t at, end; /* the central directory's entries still to come */
} sd_npz;

typedef struct sd_member {
  char name[SD_MEMBER_NAME]; /* without ".npy" */
  sd_npy npy;
  uint64_t at, packed, size; /* of its bytes: place in the file, length there, length unpacked */
  uint32_t crc;
  int deflated;
} sd_member;

/* Checks the archive's directory as a whole: sizes, methods, names, members that overlap. Stored
 * and deflated members and zip64 are read; encryption and archives in parts are not. SD_EFORMAT,
 * SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_npz_open(sd_file *f, sd_npz *z);

/* The next member with its header, in the directory's order: SD_OK, 1 after the last, or as
 * sd_npy_open. Names are bytes without zeros, and may repeat. */
int sd_npz_next(sd_file *f, sd_npz *z, sd_member *m);

/* As sd_npy_read; the member's checksum is verified. */
int sd_npz_read(sd_file *f, const sd_member *m, sd_mat *a);

/* ---- CSV --------------------------------------------------------------------------------------
 * One record a line, all with the same number of fields; the separator is a tab, a semicolon or a
 * comma, the first of these that the first line has outside quotes. The first line is a header
 * when some field of it is not a number; a field in quotes is never one. Numbers are decimal with
 * a point, or nan, inf, infinity with a sign or without, whatever the locale. Blank lines at the
 * end, CRLF, spaces around fields and a byte order mark are accepted. */

typedef struct sd_csv {
  ptrdiff_t rows, cols; /* of the numbers */
  size_t names;         /* bytes that sd_csv_names writes at most; 0: there is no header */
  uint64_t body;        /* where the numbers start in the file, and on which line */
  long line;
  char separator;
} sd_csv;

/* Scans the file for its shape. SD_EFORMAT, SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_csv_open(sd_file *f, sd_csv *h);
/* text[h->names] <- the header's names, each with a closing zero. Errors as sd_csv_open. */
int sd_csv_names(sd_file *f, const sd_csv *h, char *text);
/* A(rows,cols) <- the numbers. SD_ESHAPE, and as sd_csv_open. */
int sd_csv_read(sd_file *f, const sd_csv *h, sd_mat *a);

/* ---- IDX: the files of MNIST and its kin --------------------------------------------------------
 * Two zeros, the type of an element, the number of dimensions d, the d sides, then the elements,
 * the last index running fastest; all big-endian. The first side counts samples, which become
 * columns: a file of 60000x28x28 is a matrix of 784x60000 whose columns are images, row of pixels
 * after row of pixels; one of 60000 labels is 1x60000. Such a file as the one member of a gzip
 * file is unpacked on the way. */

enum { SD_IDX_DIMS = 8 };

typedef struct sd_idx {
  sd_npy array; /* the matrix: float32 becomes f32, all else f64 */
  int dims;     /* 1..SD_IDX_DIMS */
  ptrdiff_t sides[SD_IDX_DIMS];
  uint64_t at, packed, size; /* of its bytes: place in the file, length there, length unpacked */
  uint32_t crc;
  int deflated;
} sd_idx;

/* The header of an IDX file, gzipped or not: uint8, int8, int16, int32, float32, float64.
 * SD_EFORMAT, SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_idx_open(sd_file *f, sd_idx *h);
/* A(rows,cols) of h->array's dtype, packed <- the elements; a gzip file's checksum is verified.
 * SD_ESHAPE, SD_EDTYPE, and as sd_idx_open. */
int sd_idx_read(sd_file *f, const sd_idx *h, sd_mat *a);

/* ---- writing ----------------------------------------------------------------------------------*/

typedef struct sd_named {
  const char *name;
  sd_mat a;
  int scalar; /* 1: a 1x1 matrix written to .npz as a 0-d array */
} sd_named;

/* n bytes as a file: as all writing here, whole or not at all, through symbolic links, and not over
 * a device, a pipe or a folder. SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_text_save(const char *path, const char *text, size_t n, char why[SD_WHY]);

/* A(m,n) as an array of shape (m, n), or () for a scalar (1x1): NPY 1.0, '<f8' or '<f4',
 * column-major, elements at a multiple of 64 bytes. SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_npy_save(const char *path, const sd_mat *a, int scalar, char why[SD_WHY]);

/* The matrices as members <name>.npy, in the order given, stored; zip64 where a size needs it.
 * Names are UTF-8, not empty, below SD_MEMBER_NAME bytes with ".npy" (SD_EARG); the caller sees to
 * it that no two are equal. SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_npz_save(const char *path, const sd_named *items, size_t n, char why[SD_WHY]);

/* Columns a(m,1), all of one height, under a header of their names; numbers as %.17g, nan, inf
 * and -inf, whatever the locale; names are quoted where reading needs it. No columns is SD_EARG.
 * SD_ESHAPE, SD_EIO, SD_ENOMEM, SD_EINTR. */
int sd_csv_save(const char *path, const sd_named *columns, size_t n, char why[SD_WHY]);

#endif
