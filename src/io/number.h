/* Decimal numbers in text files, the same in every locale. */
#ifndef SADDLE_IO_NUMBER_H
#define SADDLE_IO_NUMBER_H

enum { IO_NOT_NUMBER, IO_NUMBER, IO_OUT_OF_RANGE };

/* *v <- the number that the whole of text is: [+-]digits[.digits][e[+-]digits], nan, inf or
 * infinity in any case, correctly rounded. IO_OUT_OF_RANGE when it is larger than any double. */
int io_number(const char *text, double *v);

/* 1 when text is spelled as a number. */
int io_is_number(const char *text);

#endif
