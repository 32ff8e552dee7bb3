# Perl's DBD::mysql: text and server-side prepared statements, several results, attributes of statements.
use strict;
use warnings;
use utf8;
use DBI;
use JSON::PP;

my ($port, $user, $password) = @ARGV;
my $json = JSON::PP->new->utf8->canonical;

sub connection {
    my ($login, $secret, $more) = @_;
    my $dsn = "DBI:mysql:database=tap;host=127.0.0.1;port=$port;mysql_multi_statements=1;$more";
    my $c = DBI->connect($dsn, $login, $secret, { RaiseError => 0, PrintError => 0, mysql_enable_utf8mb4 => 1 });
    return $c;
}

sub told {
    my ($text, %more) = @_;
    print $json->encode({ text => $text, %more }), "\n";
}

sub run {
    my ($c, $text, @values) = @_;
    my $s = $c->prepare($text) or return told($text, error => 0 + $c->err);
    $s->execute(@values) or return told($text, error => 0 + $s->err);
    if ($s->{NUM_OF_FIELDS}) {
        my $rows = 0;
        $rows++ while $s->fetch;
        return told($text, error => 0 + $s->err) if $s->err;
        told($text, rows => $rows);
    } else {
        told($text, affected => 0 + $s->rows);
    }
    return $s;
}

my $c = connection($user, $password, '') or die $DBI::errstr;
run($c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`");
run($c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'dbd'), (2, NULL, 'second'), (3, '', NULL)");
run($c, 'SELECT s, i FROM item ORDER BY id');
run($c, 'SELECT * FROM item WHERE id < 0');
run($c, "INSERT INTO item (note) VALUES ('dbd')");
run($c, 'SELECT nothing FROM item');
run($c, 'SELECT n, REPEAT(n, 50) FROM number');
my $results = $c->prepare('CALL two_results(3, @b)');
$results->execute;
1 while $results->more_results;
my $many = $c->prepare('SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4');
$many->execute;
1 while $many->more_results;
$c->begin_work;
run($c, 'DELETE FROM item WHERE i = 7');
$c->rollback;
$c->ping;
$c->disconnect;

$c = connection($user, $password, 'mysql_server_prepare=1') or die $DBI::errstr;
run($c, 'SELECT id, s, NULL FROM item WHERE id = ?', $_) for 1, 2, undef;
my $insert = $c->prepare('INSERT INTO item (i, d, f, s, b, t, note) VALUES (?, ?, ?, ?, ?, ?, ?)');
for my $note ('first', undef, 'third', 'third') {
    my $ok = $insert->execute(-5, '12345.678901', 0.25, "it's \\ ☃", "\x00\x01\xfe", '2026-02-03 04:05:06.789', $note);
    told($insert->{Statement}, $ok ? (affected => 0 + $insert->rows) : (error => 0 + $insert->err));
}
run($c, 'SELECT missing FROM item WHERE id = ?', 1);
$c->disconnect;
connection($user, 'wrong', '');
connection($user, $password, 'mysql_compression=1')->do('SELECT REPEAT("x", 5000)');
