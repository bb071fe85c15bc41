#!/bin/bash
# sixty.sh [ROWS]: SQL for MySQL or MariaDB, a schema of 60 tables as they come: foreign keys
# with cycles, composite and text keys, none at all, partitions, reserved and mixed-case names,
# views, empty tables, and one table of so many rows (20000 if not given).
set -eu

rows=${1:-20000}

# Twelve kinds of tables, four of each, that refer to each other.
for n in 1 2 3 4; do
	cat <<-EOT
	CREATE TABLE customer_$n (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
		name varchar(80) NOT NULL, email varchar(120), joined datetime(6) NOT NULL,
		credit decimal(12,2) NOT NULL DEFAULT 0, favourite int unsigned,
		UNIQUE KEY email (email), KEY by_name (name, joined));
	CREATE TABLE product_$n (code varchar(20) NOT NULL PRIMARY KEY, title varchar(200) NOT NULL,
		price decimal(10,4) NOT NULL, weight double, stock bigint, data json,
		active tinyint(1) NOT NULL DEFAULT 1);
	CREATE TABLE invoice_$n (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
		customer int unsigned NOT NULL, made timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
		state enum('open', 'paid', 'void') NOT NULL DEFAULT 'open', note text,
		KEY customer (customer),
		CONSTRAINT invoice_${n}_customer FOREIGN KEY (customer) REFERENCES customer_$n (id));
	CREATE TABLE line_$n (invoice bigint NOT NULL, no smallint NOT NULL, product varchar(20) NOT NULL,
		pieces int NOT NULL, total decimal(14,4) NOT NULL, PRIMARY KEY (invoice, no),
		KEY product (product),
		CONSTRAINT line_${n}_invoice FOREIGN KEY (invoice) REFERENCES invoice_$n (id) ON DELETE CASCADE,
		CONSTRAINT line_${n}_product FOREIGN KEY (product) REFERENCES product_$n (code));
	ALTER TABLE customer_$n ADD last_invoice bigint,
		ADD CONSTRAINT last_invoice_$n FOREIGN KEY (last_invoice) REFERENCES invoice_$n (id),
		ADD CONSTRAINT favourite_$n FOREIGN KEY (favourite) REFERENCES customer_$n (id);
	CREATE TABLE log_$n (at datetime NOT NULL, level tinyint unsigned, message text);
	CREATE TABLE empty_$n (id int NOT NULL PRIMARY KEY, nothing varchar(10));
	CREATE TABLE file_$n (digest char(64) NOT NULL PRIMARY KEY, content mediumblob, size int unsigned);
	CREATE TABLE \`Mixed Case $n\` (\`Id\` int NOT NULL PRIMARY KEY, \`Select\` varchar(20), \`from\` date,
		KEY \`Order\` (\`from\`));
	CREATE TABLE part_$n (id int NOT NULL, day date NOT NULL, amount float, PRIMARY KEY (id, day))
		PARTITION BY HASH (id) PARTITIONS 4;
	CREATE TABLE tag_$n (word varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
		lang char(2) NOT NULL, rank_no int, PRIMARY KEY (word, lang));
	CREATE TABLE tree_$n (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, parent int, label varchar(30) NOT NULL,
		CONSTRAINT tree_parent_$n FOREIGN KEY (parent) REFERENCES tree_$n (id));
	CREATE TABLE metric_$n (host varchar(30) NOT NULL, at datetime(3) NOT NULL, value double,
		small smallint unsigned, bits bit(8), years year, PRIMARY KEY (at, host));
	CREATE VIEW open_invoices_$n AS SELECT id, customer FROM invoice_$n WHERE state = 'open';
	EOT
done
cat <<EOT
CREATE TABLE \`order\` (\`user\` int NOT NULL PRIMARY KEY, \`group\` varchar(20), \`limit\` int);
CREATE TABLE \`table\` (\`key\` varchar(30) NOT NULL PRIMARY KEY, \`value\` text);
CREATE TABLE \`grant\` (\`to\` varchar(30), \`all\` int);
CREATE TABLE ring_a (id int NOT NULL PRIMARY KEY, next int);
CREATE TABLE ring_b (id int NOT NULL PRIMARY KEY, next int);
CREATE TABLE ring_c (id int NOT NULL PRIMARY KEY, next int);
ALTER TABLE ring_a ADD CONSTRAINT ring_a_next FOREIGN KEY (next) REFERENCES ring_b (id);
ALTER TABLE ring_b ADD CONSTRAINT ring_b_next FOREIGN KEY (next) REFERENCES ring_c (id);
ALTER TABLE ring_c ADD CONSTRAINT ring_c_next FOREIGN KEY (next) REFERENCES ring_a (id);
CREATE TABLE two_ways (a int NOT NULL, b int NOT NULL, c varchar(10), PRIMARY KEY (b, a), UNIQUE KEY c (c));
CREATE TABLE two_more (a int NOT NULL PRIMARY KEY, x int, y int,
	CONSTRAINT two_more_xy FOREIGN KEY (y, x) REFERENCES two_ways (b, a));
CREATE TABLE doubles (a int, b varchar(20));
CREATE TABLE settings (name varchar(50) NOT NULL PRIMARY KEY, value varchar(100), changed timestamp NULL);
CREATE TABLE big (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, customer int NOT NULL,
	code varchar(20) NOT NULL, amount decimal(12,2) NOT NULL, at datetime(6) NOT NULL, comment varchar(100),
	KEY by_customer (customer), KEY by_time (at));
CREATE TABLE \`a table of a name that is as long as can be: sixty-four letters\` (id int PRIMARY KEY);

CREATE TABLE digits (d int NOT NULL PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
SET foreign_key_checks = 0;
EOT
numbers() { # COUNT: a FROM clause of the numbers n from 1
	echo "(SELECT a.d + 10 * b.d + 100 * c.d + 1 AS n FROM digits a, digits b, digits c
		HAVING n <= $1) AS numbers"
}
for n in 1 2 3 4; do
	cat <<-EOT
	INSERT INTO customer_$n (name, email, joined, credit, favourite, last_invoice)
		SELECT CONCAT('Customer № ', n), IF(n % 7, CONCAT(n, '@example.org'), NULL),
		'2020-01-01' + INTERVAL n * 7919 SECOND + INTERVAL n MICROSECOND, n / 3, n % 50 + 1, n % 50 + 1
		FROM $(numbers 200);
	INSERT INTO product_$n SELECT CONCAT('P-', n), CONCAT('A "quoted", \\\\ title\\n', n), n * 1.25, n / 7,
		n * 4000000000, CONCAT('{"n": ', n, ', "a": [1, 2.50]}'), n % 2 FROM $(numbers 100);
	INSERT INTO invoice_$n (customer, made, state, note) SELECT n % 200 + 1,
		'2024-03-31 00:30:00' + INTERVAL n * 3600 SECOND, ELT(n % 3 + 1, 'open', 'paid', 'void'),
		NULLIF(REPEAT('x', n % 40), '') FROM $(numbers 300);
	INSERT INTO line_$n SELECT i.n, d.d, CONCAT('P-', (i.n * 10 + d.d) % 100 + 1), d.d + 1, i.n * 1.0001
		FROM $(numbers 300 | sed 's/AS numbers/AS i/'), digits d WHERE d.d < 4;
	INSERT INTO log_$n SELECT '2024-01-01' + INTERVAL n DIV 3 MINUTE, n % 5, CONCAT('message ', n DIV 2)
		FROM $(numbers 500);
	INSERT INTO file_$n SELECT SHA2(n, 256), UNHEX(REPEAT(HEX(n), n % 60)), n FROM $(numbers 60);
	INSERT INTO \`Mixed Case $n\` SELECT n, CONCAT('s', n), '2000-01-01' + INTERVAL n DAY FROM $(numbers 30);
	INSERT INTO part_$n SELECT n, '2000-01-01' + INTERVAL n DAY, n / 9 FROM $(numbers 250);
	INSERT INTO tag_$n SELECT CONCAT(CHAR(97 + n % 26), 'Ä', n), ELT(n % 2 + 1, 'de', 'en'), n FROM $(numbers 90);
	INSERT INTO tree_$n SELECT n, NULLIF(n DIV 2, 0), CONCAT('node ', n) FROM $(numbers 64);
	INSERT INTO metric_$n SELECT CONCAT('host', n % 9), '2024-05-05' + INTERVAL n * 997000 MICROSECOND, RAND(n) * 1e6,
		n * 60, n % 256, 1970 + n % 100 FROM $(numbers 700);
	EOT
done
cat <<EOT
INSERT INTO \`order\` SELECT n, CONCAT('g', n % 4), n FROM $(numbers 20);
INSERT INTO \`table\` VALUES ('a', '\\\\.'), ('b', ''), ('c', NULL);
INSERT INTO \`grant\` VALUES ('x', 1), (NULL, NULL), ('', 0);
INSERT INTO ring_a SELECT n, n FROM $(numbers 10);
INSERT INTO ring_b SELECT n, n FROM $(numbers 10);
INSERT INTO ring_c SELECT n, n % 10 + 1 FROM $(numbers 10);
INSERT INTO two_ways SELECT n, n % 5, CONCAT('c', n) FROM $(numbers 40);
INSERT INTO two_more SELECT n, n, n % 5 FROM $(numbers 40);
INSERT INTO doubles SELECT n % 3, 'same' FROM $(numbers 30);
INSERT INTO settings VALUES ('colour', 'blue', '2024-01-01 12:00:00'), ('empty', '', NULL);
EOT
# The big one doubles until it is large enough.
cat <<EOT
INSERT INTO big (id, customer, code, amount, at, comment) SELECT n, n * 7919 % 1000, CONCAT('code-', n),
	n * 1.37, '2020-01-01' + INTERVAL n * 61 SECOND, IF(n % 10, CONCAT('row ', n, ' of the big table'), NULL)
	FROM $(numbers 1000);
EOT
have=1000
while [ $have -lt "$rows" ]; do
	more=$((rows - have < have ? rows - have : have))
	echo "INSERT INTO big (id, customer, code, amount, at, comment) SELECT id + $have, (customer * 3 + id) % 1000,
		CONCAT('code-', id + $have), amount + $have, at + INTERVAL $have MINUTE, comment
		FROM big WHERE id <= $more;"
	have=$((have + more))
done
echo 'SET foreign_key_checks = 1;'
echo 'DROP TABLE digits;'
