-- The sample shop, for MariaDB and MySQL: definitions and deterministic rows. Made to hold
-- what makes migrations hard: zero dates, unsigned and 64-bit numbers, FLOAT, JSON, ENUM, SET,
-- pictures, times beyond a day, zones, Unicode, quotes and line ends in texts.

SET NAMES utf8mb4;
SET time_zone = '+00:00';
SET sql_mode = 'NO_ENGINE_SUBSTITUTION';

CREATE TABLE customers (
  id int unsigned NOT NULL AUTO_INCREMENT,
  name varchar(80) NOT NULL,
  email varchar(120) NOT NULL,
  birthday date DEFAULT NULL COMMENT 'some were entered as 0000-00-00',
  vip tinyint(1) NOT NULL DEFAULT 0,
  credit decimal(10,2) NOT NULL DEFAULT 0.00,
  country char(2) NOT NULL,
  mails set('news','offers','orders') NOT NULL DEFAULT 'orders',
  settings json DEFAULT NULL,
  created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (id),
  UNIQUE KEY email (email),
  KEY country (country, name)
) CHARACTER SET utf8mb4 COMMENT='Who buys';

CREATE TABLE products (
  id int unsigned NOT NULL AUTO_INCREMENT,
  sku varchar(20) NOT NULL,
  name varchar(100) NOT NULL,
  price decimal(8,2) unsigned NOT NULL,
  price_with_tax decimal(10,2) GENERATED ALWAYS AS (price * 1.19) STORED,
  weight float NOT NULL,
  rating double DEFAULT NULL,
  stock bigint unsigned NOT NULL,
  released year DEFAULT NULL,
  flags bit(5) NOT NULL,
  picture mediumblob,
  attributes json DEFAULT NULL,
  updated_at datetime NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY sku (sku),
  CONSTRAINT price_is_positive CHECK (price > 0)
) CHARACTER SET utf8mb4;

CREATE TABLE orders (
  id int unsigned NOT NULL AUTO_INCREMENT,
  customer_id int unsigned NOT NULL,
  status enum('new','paid','shipped','cancelled') NOT NULL DEFAULT 'new',
  ordered_at datetime(6) NOT NULL,
  delivery_took time DEFAULT NULL,
  note text,
  PRIMARY KEY (id),
  KEY customer_id (customer_id),
  KEY ordered_at (ordered_at),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON UPDATE CASCADE
) CHARACTER SET utf8mb4;

CREATE TABLE items (
  id int unsigned NOT NULL AUTO_INCREMENT,
  order_id int unsigned NOT NULL,
  product_id int unsigned NOT NULL,
  quantity smallint unsigned NOT NULL DEFAULT 1,
  price decimal(8,2) NOT NULL,
  discount float DEFAULT NULL,
  PRIMARY KEY (id),
  KEY order_id (order_id),
  KEY product_id (product_id),
  CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT items_product FOREIGN KEY (product_id) REFERENCES products (id)
) CHARACTER SET utf8mb4;

CREATE TEMPORARY TABLE numbers (n int PRIMARY KEY);
INSERT INTO numbers
  WITH RECURSIVE d AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM d WHERE i < 999)
  SELECT a.i * 1000 + b.i + 1 FROM d a JOIN d b WHERE a.i < 400;

INSERT INTO customers
  SELECT n,
    concat(elt(1 + n % 12, 'Zoë', 'José', 'Łukasz', 'Νίκος', '山田', 'Ольга', 'Aoife', 'O''Neil',
               'Đặng', 'Müller "Max"', 'عمر', 'Ana 🌻'), ' ', n),
    concat('Customer.', n, '@Example.', elt(1 + n % 3, 'com', 'org', 'de')),
    CASE WHEN n % 2500 = 0 THEN '0000-00-00' WHEN n % 7 = 0 THEN NULL
      ELSE '1940-01-01' + INTERVAL (n * 7919) % 25000 DAY END,
    n % 10 = 0, (n * 37 % 100000) / 100, elt(1 + n % 5, 'DE', 'ES', 'PL', 'GR', 'JP'), n % 8,
    CASE WHEN n % 3 > 0 AND n % 2500 > 0 THEN concat('{"theme": "', elt(1 + n % 2, 'dark', 'hell ☀'), '", "rows": ', n % 90,
      ', "ratio": ', (n % 40) / 8, ', "tags": [null, true, "a,b"]}') END,
    '2015-01-01' + INTERVAL n * 12345 SECOND + INTERVAL n % 1000 * 1000 MICROSECOND
  FROM numbers WHERE n <= 20000;

INSERT INTO products (id, sku, name, price, weight, rating, stock, released, flags, picture,
    attributes, updated_at)
  SELECT n, concat('SKU-', lpad(n, 6, '0')), concat(elt(1 + n % 4, 'Chair', 'Größe "L"', 'Lamp, tall', '机'), ' ', n),
    1 + n % 9973 / 100, n / 7, CASE WHEN n % 11 > 0 THEN n / 3e0 END,
    CASE WHEN n % 100 = 0 THEN 18446744073709551615 ELSE n * 31 END, 1980 + n % 45, n % 32,
    CASE WHEN n % 9 > 0 THEN concat(0x89504E470D0A1A0A, unhex(repeat(sha2(n, 256), 1 + n % 100))) END,
    concat('{"color": "', elt(1 + n % 3, 'red', 'blau', '緑'), '", "sizes": [', n % 5, ', ', n % 7, '.5]}'),
    '2023-01-01' + INTERVAL n * 6 HOUR
  FROM numbers WHERE n <= 3000;

INSERT INTO orders
  SELECT n, 1 + n * 7 % 20000, elt(1 + n % 4, 'new', 'paid', 'shipped', 'cancelled'),
    '2018-01-01' + INTERVAL n * 1801 SECOND + INTERVAL n * 997 % 1000000 MICROSECOND,
    CASE WHEN n % 4 = 2 THEN sec_to_time(n * 89 % 900000) END,
    CASE n % 20 WHEN 0 THEN 'Ring twice,\nthen "wait"' WHEN 1 THEN '' WHEN 2 THEN '\\.' END
  FROM numbers WHERE n <= 100000;

INSERT INTO items
  SELECT n, 1 + (n - 1) DIV 4, 1 + n * 13 % 3000, 1 + n % 5, 1 + n * 13 % 3000 / 100,
    CASE WHEN n % 6 = 0 THEN n % 100 / 300 END
  FROM numbers;

DROP TEMPORARY TABLE numbers;
