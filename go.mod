module cartoquartiers

go 1.26

require (
	github.com/gorilla/mux v1.8.1
	github.com/klauspost/compress v1.20.3
	github.com/paulmach/orb v0.14.0
	github.com/rs/cors v1.11.1
)

require go.mongodb.org/mongo-driver/v2 v2.5.0 // indirect
