// One scenario as JSON on standard input, what came of each of its steps as JSON on standard output.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

type step struct {
	SQL        string   `json:"sql"`
	How        string   `json:"how"`
	PageSize   int      `json:"pageSize"`
	DryRun     bool     `json:"dryRun"`
	Cancel     bool     `json:"cancel"`
	Insert     string   `json:"insert"`
	Load       string   `json:"load"`
	Parameters [][3]any `json:"parameters"`
	Move       *move    `json:"move"`
	List       string   `json:"list"`
	Into       string   `json:"into"`
	Session    string   `json:"session"`
}

type move struct {
	Kind, From, To string
}

type login struct {
	URL, Project, Token string
}

type answer struct {
	Rows    []map[string]any `json:"rows"`
	Count   int64            `json:"count"`
	Code    int              `json:"code,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Message string           `json:"message,omitempty"`
}

func refusal(err error) answer {
	var refused *googleapi.Error
	if errors.As(err, &refused) {
		said := answer{Code: refused.Code, Message: refused.Message}
		if len(refused.Errors) > 0 {
			said.Reason = refused.Errors[0].Reason
		}
		return said
	}
	return answer{Message: err.Error()}
}

func plain(value any) any {
	switch known := value.(type) {
	case time.Time:
		return known.UTC().Format("2006-01-02T15:04:05")
	case civil.Date:
		return known.String()
	case *big.Rat:
		number, _ := known.Float64()
		return number
	case []byte:
		return strings.ToUpper(hex.EncodeToString(known))
	case []bigquery.Value:
		items := []any{}
		for _, item := range known {
			items = append(items, plain(item))
		}
		return items
	case map[string]bigquery.Value:
		members := map[string]any{}
		for name, member := range known {
			members[name] = plain(member)
		}
		return members
	}
	return value
}

// session is what an earlier step opened, and later ones run in.
var session string

func queryOf(client *bigquery.Client, asked step) *bigquery.Query {
	query := client.Query(asked.SQL)
	query.DryRun = asked.DryRun
	query.CreateSession = asked.Session == "open"
	if session != "" {
		query.ConnectionProperties = []*bigquery.ConnectionProperty{{Key: "session_id", Value: session}}
	}
	for _, parameter := range asked.Parameters {
		named := bigquery.QueryParameter{Name: parameter[0].(string), Value: parameter[2]}
		// JSON has one kind of number: the only arrays of the scenarios are of whole ones.
		if items, isArray := parameter[2].([]any); isArray {
			whole := []int64{}
			for _, item := range items {
				whole = append(whole, int64(item.(float64)))
			}
			named.Value = whole
		}
		query.Parameters = append(query.Parameters, named)
	}
	return query
}

func rowsOf(found *bigquery.RowIterator, pageSize int) ([]map[string]any, error) {
	if pageSize > 0 {
		found.PageInfo().MaxSize = pageSize
	}
	rows := []map[string]any{}
	for {
		row := map[string]bigquery.Value{}
		err := found.Next(&row)
		if errors.Is(err, iterator.Done) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, plain(row).(map[string]any))
	}
}

func ask(ctx context.Context, client *bigquery.Client, asked step) (answer, error) {
	if asked.Insert != "" {
		place := strings.Split(asked.Insert, ".")
		row := bigquery.ValuesSaver{Schema: bigquery.Schema{{Name: "id", Type: "INTEGER"}}, Row: []bigquery.Value{1}}
		return answer{}, client.Dataset(place[1]).Table(place[2]).Inserter().Put(ctx, &row)
	}
	if asked.Load != "" {
		place := strings.Split(asked.Load, ".")
		source := bigquery.NewReaderSource(strings.NewReader("1\n"))
		_, err := client.Dataset(place[1]).Table(place[2]).LoaderFrom(source).Run(ctx)
		return answer{}, err
	}
	if asked.Move != nil {
		return moved(ctx, client, *asked.Move)
	}
	if asked.List != "" {
		rows, err := rowsOf(tableOf(client, asked.List).Read(ctx), asked.PageSize)
		return answer{Rows: rows}, err
	}
	query := queryOf(client, asked)
	if asked.Into != "" {
		query.Dst = tableOf(client, asked.Into)
	}
	if asked.How == "query_and_wait" {
		found, err := query.Read(ctx)
		if err != nil {
			return answer{}, err
		}
		rows, err := rowsOf(found, asked.PageSize)
		return answer{Rows: rows}, err
	}
	job, err := query.Run(ctx)
	if err != nil {
		return answer{}, err
	}
	if asked.DryRun {
		return answer{Count: job.LastStatus().Statistics.TotalBytesProcessed}, nil
	}
	return resultOf(ctx, job, asked)
}

func tableOf(client *bigquery.Client, name string) *bigquery.Table {
	place := strings.Split(name, ".")
	return client.DatasetInProject(place[0], place[1]).Table(place[2])
}

func moved(ctx context.Context, client *bigquery.Client, asked move) (answer, error) {
	var job *bigquery.Job
	var err error
	switch asked.Kind {
	case "copy":
		job, err = tableOf(client, asked.To).CopierFrom(tableOf(client, asked.From)).Run(ctx)
	case "extract":
		job, err = tableOf(client, asked.From).ExtractorTo(bigquery.NewGCSReference(asked.To)).Run(ctx)
	default:
		files := bigquery.NewGCSReference(asked.From)
		files.AutoDetect = true
		job, err = tableOf(client, asked.To).LoaderFrom(files).Run(ctx)
	}
	if err != nil {
		return answer{}, err
	}
	status, err := job.Wait(ctx)
	if err != nil {
		return answer{}, err
	}
	if status.Err() != nil {
		return answer{}, status.Err()
	}
	return kindOf(ctx, client, job)
}

// kindOf asks for the job anew, as a program does that was started again.
func kindOf(ctx context.Context, client *bigquery.Client, job *bigquery.Job) (answer, error) {
	found, err := client.JobFromIDLocation(ctx, job.ID(), job.Location())
	if err != nil {
		return answer{}, err
	}
	config, err := found.Config()
	kinds := map[string]string{
		"*bigquery.CopyConfig": "copy", "*bigquery.ExtractConfig": "extract", "*bigquery.LoadConfig": "load",
	}
	return answer{Rows: []map[string]any{{"kind": kinds[fmt.Sprintf("%T", config)]}}}, err
}

func resultOf(ctx context.Context, job *bigquery.Job, asked step) (answer, error) {
	if asked.Cancel {
		if err := job.Cancel(ctx); err != nil {
			return answer{}, err
		}
	}
	found, err := job.Read(ctx)
	if err != nil {
		return answer{}, err
	}
	rows, err := rowsOf(found, asked.PageSize)
	if err != nil {
		return answer{}, err
	}
	status, err := job.Status(ctx)
	if err != nil {
		return answer{}, err
	}
	if asked.Session == "open" {
		session = status.Statistics.SessionInfo.SessionID
	}
	statistics := status.Statistics.Details.(*bigquery.QueryStatistics)
	return answer{Rows: rows, Count: statistics.NumDMLAffectedRows}, nil
}

func credential(given login) (option.ClientOption, error) {
	if len(os.Args) < 2 || os.Args[1] != "file" {
		return option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: given.Token})), nil
	}
	folder, err := os.MkdirTemp("", "querywarden-credential-")
	if err != nil {
		return nil, err
	}
	token, file := filepath.Join(folder, "token"), filepath.Join(folder, "credential.json")
	content, err := json.Marshal(map[string]any{
		"type":               "external_account",
		"audience":           "//querywarden/agents",
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
		"token_url":          given.URL + "/sts/v1/token",
		"credential_source":  map[string]any{"file": token, "format": map[string]string{"type": "text"}},
		"universe_domain":    "googleapis.com",
	})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.WriteFile(token, []byte(given.Token), 0o600), os.WriteFile(file, content, 0o600)); err != nil {
		return nil, err
	}
	return option.WithAuthCredentialsFile(option.ExternalAccount, file), nil
}

func play(given login, steps []step) ([]answer, error) {
	ctx := context.Background()
	identity, err := credential(given)
	if err != nil {
		return nil, err
	}
	client, err := bigquery.NewClient(ctx, given.Project, identity, option.WithEndpoint(given.URL+"/bigquery/v2/"))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	answers := []answer{}
	for _, asked := range steps {
		found, err := ask(ctx, client, asked)
		if err != nil {
			found = refusal(err)
		}
		answers = append(answers, found)
	}
	return answers, nil
}

func main() {
	var input struct {
		Login login
		Steps []step
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	answers, err := play(input.Login, input.Steps)
	if err != nil {
		panic(fmt.Sprintf("no client: %v", err))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
