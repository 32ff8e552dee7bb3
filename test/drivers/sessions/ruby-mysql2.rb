# Ruby's mysql2: text, prepared statements with every type, streaming, several results.
require 'bigdecimal'
require 'date'
require 'json'
require 'mysql2'

port, user, password = ARGV
OPTIONS = { host: '127.0.0.1', port: port.to_i, username: user, password: password, database: 'tap', encoding: 'utf8mb4',
            flags: Mysql2::Client::MULTI_STATEMENTS, ssl_mode: :disabled }.freeze

def told(text, more) = puts({ text: text, **more }.to_json)

def run(c, text, **how)
  result = c.query(text, **how)
  told(text, result.nil? ? { affected: c.affected_rows } : { rows: result.to_a.length })
rescue Mysql2::Error => e
  told(text, { error: e.error_number })
end

def execute(c, text, *sets)
  statement = c.prepare(text)
  sets.each do |values|
    result = statement.execute(*values)
    told(text, result.nil? ? { affected: statement.affected_rows } : { rows: result.to_a.length })
  rescue Mysql2::Error => e
    told(text, { error: e.error_number })
  end
  statement.close
rescue Mysql2::Error => e
  told(text, { error: e.error_number })
end

c = Mysql2::Client.new(**OPTIONS)
run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'ruby'), (2, NULL, 'second'), (3, '', NULL)")
run(c, 'SELECT s, i FROM item ORDER BY id')
run(c, 'SELECT nothing FROM item')
run(c, 'SELECT n, REPEAT(n, 50) FROM number', stream: true, cache_rows: false)
c.query('CALL two_results(3, @b)')
c.store_result while c.next_result
c.query('SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4')
c.store_result while c.next_result
c.abandon_results!
execute(c, 'INSERT INTO item (i, u, d, f, s, t, da) VALUES (?, ?, ?, ?, ?, ?, ?)',
        [-42, 18_446_744_073_709_551_615, BigDecimal('12345.678901'), 0.1, "it's\\ ☃", Time.utc(2026, 2, 3, 4, 5, 6, 789_012), Date.new(2024, 2, 29)],
        [nil] * 7)
execute(c, 'SELECT id, s FROM item WHERE id = ?', [1], [2], [nil])
execute(c, 'SELECT missing FROM item WHERE id = ?', [1])
execute(c, 'INSERT INTO item (note) VALUES (?)', ['ruby'])
c.ping
c.select_db('tap2')
run(c, 'SELECT DATABASE()')
c.close
