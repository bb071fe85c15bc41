/* kafka_mock: librdkafka's mock cluster (rdkafka_mock.h), for tests. Prints its brokers as
 * HOST:PORT and runs until standard input ends. Messages live in memory only. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

int main(void)
{
	char why[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *client;
	rd_kafka_mock_cluster_t *cluster;

	rd_kafka_conf_set_log_cb(conf, NULL); /* it misses brokers of its own */
	client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	cluster = client ? rd_kafka_mock_cluster_new(client, 1) : NULL;

	if (!cluster) {
		fprintf(stderr, "kafka_mock: no cluster: %s\n", client ? "" : why);
		return 3;
	}
	puts(rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (getchar() != EOF)
		;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(client);
	return 0;
}
