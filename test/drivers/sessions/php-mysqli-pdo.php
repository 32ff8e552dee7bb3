<?php
// PHP's mysqli and PDO: text, native prepares with long data and cursors, several results, other users.
[, $port, $user, $password] = $argv;
mysqli_report(MYSQLI_REPORT_OFF);

function told($text, $more) { echo json_encode(['text' => $text] + $more, JSON_UNESCAPED_UNICODE), "\n"; }

function run(mysqli $c, string $text, int $mode = MYSQLI_STORE_RESULT) {
    $result = $c->query($text, $mode);
    if ($result === false) return told($text, ['error' => $c->errno]);
    if ($result === true) return told($text, ['affected' => $c->affected_rows]);
    $rows = 0;
    while ($result->fetch_row()) $rows++;
    told($text, $c->errno === 0 ? ['rows' => $rows] : ['error' => $c->errno]);
    $result->free();
}

$c = mysqli_init();
$c->options(MYSQLI_OPT_LOCAL_INFILE, 1);
$c->real_connect('127.0.0.1', $user, $password, 'tap', (int) $port) or die(mysqli_connect_error());
$c->set_charset('utf8mb4');
run($c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`");
run($c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'php'), (2, NULL, 'second'), (3, '', NULL)");
run($c, 'SELECT s, i FROM item ORDER BY id');
run($c, 'SELECT * FROM item WHERE id < 0', MYSQLI_USE_RESULT);
run($c, 'UPDATE item SET f = 1.5 WHERE i < 3');
run($c, "INSERT INTO item (note) VALUES ('php')");
run($c, 'SELECT nothing FROM item');
run($c, 'SELECT n, REPEAT(n, 50) FROM number', MYSQLI_USE_RESULT);
run($c, 'SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number', MYSQLI_USE_RESULT);
foreach (['CALL two_results(3, @b)', 'SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number', 'SELECT 1; SELEC 2'] as $text) {
    $c->multi_query($text);
    do { if ($r = $c->store_result()) $r->free(); } while ($c->more_results() && $c->next_result());
}
$insert = $c->prepare('INSERT INTO item (i, d, f, s, b, t, note) VALUES (?, ?, ?, ?, ?, ?, ?)');
[$i, $d, $f, $s, $b, $t] = [-5, '12345.678901', 0.25, "it's \\ ☃", null, '2026-02-03 04:05:06.789'];
foreach (['first', null, 'first'] as $note) {
    $insert->bind_param('isdsbss', $i, $d, $f, $s, $b, $t, $note);
    $insert->send_long_data(4, str_repeat("\x00\x01\xfe", 500));
    $insert->send_long_data(4, 'the end');
    $ok = $insert->execute();
    told('INSERT INTO item (i, d, f, s, b, t, note) VALUES (?, ?, ?, ?, ?, ?, ?)', $ok ? ['affected' => $insert->affected_rows] : ['error' => $insert->errno]);
}
$insert->close();
$select = $c->prepare('SELECT n FROM number WHERE n <= ?');
$select->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
foreach ([5, 0] as $n) {
    $select->bind_param('i', $n);
    $select->execute();
    $select->bind_result($row);
    while ($select->fetch()) {}
    $select->reset();
}
$select->close();
$c->begin_transaction();
run($c, 'DELETE FROM item WHERE i = 7');
$c->rollback();
$c->ping();
$c->stat();
$c->select_db('tap2');
run($c, 'SELECT DATABASE()');
$c->change_user('tap2', 'tap2pass', 'tap');
run($c, 'SELECT DATABASE()');
$c->close();

$p = new PDO("mysql:host=127.0.0.1;port=$port;dbname=tap;charset=utf8mb4", $user, $password, [PDO::ATTR_EMULATE_PREPARES => false]);
foreach ([1, 2, null] as $id) {
    $text = 'SELECT id, s FROM item WHERE id = ?';
    $statement = $p->prepare($text);
    $statement->execute([$id]);
    told($text, ['rows' => count($statement->fetchAll())]);
}
$text = 'INSERT INTO item (s, i) VALUES (:s, :i)';
$statement = $p->prepare($text);
foreach ([["\u{1F680}", 1], ['', null]] as [$s, $i]) {
    $statement->execute(['s' => $s, 'i' => $i]);
    told('INSERT INTO item (s, i) VALUES (?, ?)', ['affected' => $statement->rowCount()]);
}
$text = 'CALL two_results(?, @b)';
$statement = $p->prepare($text);
$statement->execute([2]);
do { $statement->fetchAll(); } while ($statement->nextRowset());
try { $p->query('SELEC 1'); } catch (PDOException $e) { told('SELEC 1', ['error' => $e->errorInfo[1]]); }
$p = null;
@mysqli_connect('127.0.0.1', $user, 'wrong', 'tap', (int) $port);
