// One scenario as JSON on standard input, what came of each of its steps as JSON on standard output.
package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

type step struct {
	SQL      string  `json:"sql"`
	Binds    []any   `json:"binds"`
	Detached bool    `json:"detached"`
	Patience float64 `json:"cancelAfterSeconds"`
}

type scenario struct {
	Login struct {
		Host, Account, User, Token, Database string
		Port                                 int
	} `json:"login"`
	Steps []step `json:"steps"`
}

type answer struct {
	Rows     []map[string]any `json:"rows,omitempty"`
	Count    int              `json:"count"`
	Code     int              `json:"code,omitempty"`
	SQLState string           `json:"sqlState,omitempty"`
	Message  string           `json:"message,omitempty"`
}

func refusal(err error) answer {
	var refused *gosnowflake.SnowflakeError
	if errors.As(err, &refused) {
		return answer{Code: refused.Number, SQLState: refused.SQLState, Message: refused.Message}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return answer{Code: 604, SQLState: "57014", Message: err.Error()}
	}
	return answer{Message: err.Error()}
}

func plain(value any, kind string) any {
	switch known := value.(type) {
	case time.Time:
		if kind == "DATE" {
			return known.Format("2006-01-02")
		}
		return known.UTC().Format("2006-01-02T15:04:05")
	case []byte:
		return hex.EncodeToString(known)
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
	if asked.Patience > 0 {
		limited, stop := context.WithTimeout(ctx, time.Duration(asked.Patience*float64(time.Second)))
		defer stop()
		ctx = limited
	}
	rows, err := connection.QueryContext(ctx, asked.SQL, asked.Binds...)
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
	return found
}

func play(input scenario) []answer {
	login := input.Login
	config := gosnowflake.Config{
		Host: login.Host, Port: login.Port, Protocol: "http", Account: login.Account, User: login.User,
		Database: login.Database, Authenticator: gosnowflake.AuthTypeOAuth, Token: login.Token,
	}
	database := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, config))
	defer database.Close()
	connection, err := database.Conn(context.Background())
	if err != nil {
		return []answer{refusal(err)}
	}
	defer connection.Close()
	answers := []answer{}
	for _, asked := range input.Steps {
		answers = append(answers, ask(connection, asked))
	}
	return answers
}

func main() {
	var input scenario
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(play(input)); err != nil {
		panic(err)
	}
}
