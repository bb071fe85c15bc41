/*
 * Reads any bytes as a CSV stream. The first byte chooses --no-end and the
 * chunk size: read whole and read in chunks, the stream must tell the same.
 * What was read well is written and read again.
 */
#include "fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	fuzz_stream(data, n, STREAM_CSV);
	return 0;
}
