/* As fuzz_csv.c, with NDJSON. */
#include "fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	fuzz_stream(data, n, STREAM_NDJSON);
	return 0;
}
