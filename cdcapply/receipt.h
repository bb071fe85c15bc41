/* The receipt: one line of JSON on standard output. */
#ifndef RECEIPT_H
#define RECEIPT_H

#include "run.h"

/* Writes it and closes standard output, checked. */
int receipt_print(const struct run *r, struct err *e);

#endif
