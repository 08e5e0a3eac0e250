#!/bin/sh
# What Querywarden needs in Google Cloud: one service account for each role of the policy, and leave for the gateway, and
# for nobody else, to act as them.
#
#   WRITE_TABLES="orders refunds" sh bigquery.sh PROJECT DATASET GATEWAY_SERVICE_ACCOUNT
#       mint: impersonation. GATEWAY_SERVICE_ACCOUNT is the identity that the gateway itself runs as.
#   WRITE_TABLES="orders refunds" sh bigquery.sh PROJECT DATASET --workload-identity https://querywarden.example.com jwks.json
#       mint: workload-identity. The gateway is the issuer; jwks.json is what it serves at /.well-known/jwks.json, so
#       that Google need not reach it.
#       Another key without a gap: write the next one behind the first in the file of credentials.key, and run this again with the
#       jwks.json that has both now; a few minutes later write the next one alone there, and run this once more with that jwks.json.
set -eu

project=${1:?project}
dataset=${2:?dataset}
gateway=${3:?service account of the gateway, or --workload-identity}

account() { echo "$1@$project.iam.gserviceaccount.com"; }

gcloud services enable bigquery.googleapis.com iam.googleapis.com iamcredentials.googleapis.com sts.googleapis.com --project "$project"

for name in querywarden-catalog querywarden-reader querywarden-writer; do
  gcloud iam service-accounts describe "$(account "$name")" --project "$project" >/dev/null 2>&1 ||
    gcloud iam service-accounts create "$name" --project "$project" --display-name "Querywarden: $name"
  # Running jobs says nothing about data; that is granted by data set below.
  gcloud projects add-iam-policy-binding "$project" --condition None --quiet \
    --member "serviceAccount:$(account "$name")" --role roles/bigquery.jobUser >/dev/null
done

grant() { # role of BigQuery, what of, service account
  bq query --project_id "$project" --use_legacy_sql=false --quiet \
    "GRANT \`roles/bigquery.$1\` ON $2 TO 'serviceAccount:$(account "$3")'"
}
for name in querywarden-catalog querywarden-reader querywarden-writer; do # dry runs need to read what they estimate
  grant dataViewer "SCHEMA \`$project.$dataset\`" "$name"
done
# Writing. Name the tables; as editor of the data set the writer could drop each table in it and create procedures, so that one
# wrong approval were as wide. What agents may create belongs in a scratch data set, which would have to be masked as a whole.
for table in ${WRITE_TABLES:-}; do
  grant dataEditor "TABLE \`$project.$dataset.$table\`" querywarden-writer
done
# LOAD DATA and EXPORT DATA reach Cloud Storage as the account of their role: what it may not open, no agent loads from. Give it
# single buckets, by gcloud storage buckets add-iam-policy-binding, and no role in the project.

# For access tokens (generateAccessToken) alone: serviceAccountTokenCreator would sign whatever it is given, too.
impersonate() { # who, service account
  gcloud iam service-accounts add-iam-policy-binding "$(account "$2")" --project "$project" --quiet \
    --member "$1" --role roles/iam.workloadIdentityUser >/dev/null
}

if [ "$gateway" != --workload-identity ]; then
  for name in querywarden-catalog querywarden-reader querywarden-writer; do
    impersonate "serviceAccount:$gateway" "$name"
  done
  exit 0
fi

issuer=${4:?issuer: gateway.url, or credentials.issuer}
jwks=${5:?file with the public keys}
number=$(gcloud projects describe "$project" --format 'value(projectNumber)')
pool=querywarden

gcloud iam workload-identity-pools describe "$pool" --location global --project "$project" >/dev/null 2>&1 ||
  gcloud iam workload-identity-pools create "$pool" --location global --project "$project"
audience="//iam.googleapis.com/projects/$number/locations/global/workloadIdentityPools/$pool/providers/gateway"
provider() { gcloud iam workload-identity-pools providers "$@" --workload-identity-pool "$pool" --location global --project "$project"; }
# Where it is there already, for another data set or with keys of before, it is told again.
verb=create-oidc
if provider describe gateway >/dev/null 2>&1; then verb=update-oidc; fi
provider "$verb" gateway --issuer-uri "$issuer" --jwk-json-path "$jwks" \
  --allowed-audiences "$audience" --attribute-mapping 'google.subject=assertion.sub,attribute.agent=assertion.agent'

# The subject of a token is the role of the decision: each role may become its own service account and no other.
subjects="principal://iam.googleapis.com/projects/$number/locations/global/workloadIdentityPools/$pool/subject"
impersonate "$subjects/AGENT_CATALOG" querywarden-catalog
impersonate "$subjects/AGENT_READER" querywarden-reader
impersonate "$subjects/AGENT_WRITER" querywarden-writer
echo "audience: $audience"
