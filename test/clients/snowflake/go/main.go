// One scenario as a line of JSON on standard input, what came of each of its steps as JSON on standard output.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
	"github.com/snowflakedb/gosnowflake/v2/arrowbatches"
)

type step struct {
	SQL       string  `json:"sql"`
	Binds     []any   `json:"binds"`
	Many      [][]any `json:"many"`
	Detached  bool    `json:"detached"`
	Columns   string  `json:"columns"`
	Cancelled bool    `json:"cancelled"`
}

type scenario struct {
	Login  login  `json:"login"`
	Steps  []step `json:"steps"`
	Beside []step `json:"beside"`
}

type login struct {
	Host, Account, User, Token, Database string
	Port                                 int
	TimeoutSeconds                       int
}

type answer struct {
	Rows     []map[string]any `json:"rows"`
	Count    int              `json:"count"`
	Code     int              `json:"code,omitempty"`
	SQLState string           `json:"sqlState,omitempty"`
	Message  string           `json:"message,omitempty"`
	ID       string           `json:"id,omitempty"`
}

func refusal(err error) answer {
	var refused *gosnowflake.SnowflakeError
	if errors.As(err, &refused) {
		return answer{Code: refused.Number, SQLState: refused.SQLState, Message: refused.Message}
	}
	if errors.Is(err, context.Canceled) {
		return answer{Code: 604, SQLState: "57014", Message: err.Error()}
	}
	return answer{Message: err.Error()}
}

func plain(value any, kind string) any {
	switch known := value.(type) {
	case time.Time:
		switch kind {
		case "DATE":
			return known.Format("2006-01-02")
		case "TIME":
			return known.Format("15:04:05")
		}
		return known.UTC().Format("2006-01-02T15:04:05")
	case []byte:
		return strings.ToUpper(hex.EncodeToString(known))
	case string:
		// Only where a Go variable of that type waits for it does the driver make a truth value of JSON's text.
		if kind == "BOOLEAN" {
			return known == "1"
		}
	}
	return value
}

func ask(connection *sql.Conn, asked step) answer {
	ctx := context.Background()
	if asked.Detached {
		ctx = gosnowflake.WithAsyncMode(ctx)
	}
	if asked.Cancelled {
		cancellable, cancel := context.WithCancel(ctx)
		ctx = cancellable
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	if asked.Many != nil {
		return many(ctx, connection, asked)
	}
	if asked.Columns != "" {
		return columns(ctx, connection, asked)
	}
	ids := make(chan string, 1)
	rows, err := connection.QueryContext(gosnowflake.WithQueryIDChan(ctx, ids), asked.SQL, asked.Binds...)
	if err != nil {
		return refusal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return refusal(err)
	}
	found := answer{Rows: []map[string]any{}}
	for rows.Next() {
		values := make([]any, len(types))
		places := make([]any, len(types))
		for at := range values {
			places[at] = &values[at]
		}
		if err := rows.Scan(places...); err != nil {
			return refusal(err)
		}
		row := map[string]any{}
		for at, column := range types {
			row[column.Name()] = plain(values[at], column.DatabaseTypeName())
		}
		found.Rows = append(found.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return refusal(err)
	}
	found.Count = len(found.Rows)
	found.ID = <-ids
	return found
}

// Arrow writes some values in another way than this program does.
func asElsewhere(value any, kind string) any {
	text, isText := value.(string)
	if !isText {
		return value
	}
	switch kind {
	case "binary":
		bytes, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		return strings.ToUpper(hex.EncodeToString(bytes))
	case "timestamp":
		return strings.TrimSuffix(strings.Replace(text, " ", "T", 1), "Z")
	}
	return value
}

// The result in Arrow batches, as Arrow itself writes their rows.
func columns(ctx context.Context, connection *sql.Conn, asked step) answer {
	found := answer{Rows: []map[string]any{}}
	err := connection.Raw(func(raw any) error {
		rows, err := raw.(driver.QueryerContext).QueryContext(arrowbatches.WithArrowBatches(ctx), asked.SQL, nil)
		if err != nil {
			return err
		}
		defer rows.Close()
		batches, err := arrowbatches.GetArrowBatches(rows.(gosnowflake.SnowflakeRows))
		if err != nil {
			return err
		}
		for _, batch := range batches {
			records, err := batch.Fetch()
			if err != nil {
				return err
			}
			for _, record := range *records {
				written, err := record.MarshalJSON()
				if err != nil {
					return err
				}
				var rows []map[string]any
				if err := json.Unmarshal(written, &rows); err != nil {
					return err
				}
				for _, row := range rows {
					for _, field := range record.Schema().Fields() {
						row[field.Name] = asElsewhere(row[field.Name], field.Type.Name())
					}
				}
				found.Rows = append(found.Rows, rows...)
			}
		}
		return nil
	})
	if err != nil {
		return refusal(err)
	}
	found.Count = len(found.Rows)
	return found
}

// The driver binds arrays by columns.
func many(ctx context.Context, connection *sql.Conn, asked step) answer {
	columns := make([]any, len(asked.Many[0]))
	for at := range columns {
		texts := make([]string, len(asked.Many))
		for row, values := range asked.Many {
			texts[row] = fmt.Sprint(values[at])
		}
		column, err := gosnowflake.Array(&texts)
		if err != nil {
			return refusal(err)
		}
		columns[at] = column
	}
	done, err := connection.ExecContext(ctx, asked.SQL, columns...)
	if err != nil {
		return refusal(err)
	}
	count, err := done.RowsAffected()
	if err != nil {
		return refusal(err)
	}
	return answer{Rows: []map[string]any{{"count": count}}, Count: int(count)}
}

func play(login login, steps []step) []answer {
	config := gosnowflake.Config{
		Host: login.Host, Port: login.Port, Protocol: "http", Account: login.Account, User: login.User,
		Database: login.Database, Authenticator: gosnowflake.AuthTypeOAuth, Token: login.Token,
		ClientTimeout: time.Duration(login.TimeoutSeconds) * time.Second,
	}
	database := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, config))
	defer database.Close()
	connection, err := database.Conn(context.Background())
	if err != nil {
		return []answer{refusal(err)}
	}
	defer connection.Close()
	answers := []answer{}
	for at, asked := range steps {
		if at > 0 {
			asked.SQL = strings.Replace(asked.SQL, "{last}", answers[at-1].ID, 1)
		}
		answers = append(answers, ask(connection, asked))
	}
	return answers
}

func main() {
	var input scenario
	line, err := bufio.NewReader(os.Stdin).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &input)
	}
	if err != nil {
		panic(err)
	}
	beside := make(chan []answer, 1)
	if input.Beside != nil {
		go func() { beside <- play(input.Login, input.Beside) }()
	} else {
		close(beside)
	}
	answers := append(play(input.Login, input.Steps), <-beside...)
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
