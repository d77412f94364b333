"""Brazil as the sample company sees it: states, names, streets."""

import numpy as np


def _texts(text: str) -> np.ndarray:
    return np.array([part.strip() for part in text.split(",")], dtype=object)


# state, name, macro-region, capital, IBGE code of the capital, second city, area code,
# first two digits of the postal code, share of customers per mille.
STATES = (
    ("RO", "Rondônia", "Norte", "Porto Velho", "1100205", "Ji-Paraná", 69, 76, 7),
    ("AC", "Acre", "Norte", "Rio Branco", "1200401", "Cruzeiro do Sul", 68, 69, 4),
    ("AM", "Amazonas", "Norte", "Manaus", "1302603", "Parintins", 92, 69, 15),
    ("RR", "Roraima", "Norte", "Boa Vista", "1400100", "Rorainópolis", 95, 69, 3),
    ("PA", "Pará", "Norte", "Belém", "1501402", "Santarém", 91, 66, 25),
    ("AP", "Amapá", "Norte", "Macapá", "1600303", "Santana", 96, 68, 3),
    ("TO", "Tocantins", "Norte", "Palmas", "1721000", "Araguaína", 63, 77, 6),
    ("MA", "Maranhão", "Nordeste", "São Luís", "2111300", "Imperatriz", 98, 65, 17),
    ("PI", "Piauí", "Nordeste", "Teresina", "2211001", "Parnaíba", 86, 64, 10),
    ("CE", "Ceará", "Nordeste", "Fortaleza", "2304400", "Juazeiro do Norte", 85, 60, 35),
    ("RN", "Rio Grande do Norte", "Nordeste", "Natal", "2408102", "Mossoró", 84, 59, 14),
    ("PB", "Paraíba", "Nordeste", "João Pessoa", "2507507", "Campina Grande", 83, 58, 14),
    ("PE", "Pernambuco", "Nordeste", "Recife", "2611606", "Caruaru", 81, 50, 36),
    ("AL", "Alagoas", "Nordeste", "Maceió", "2704302", "Arapiraca", 82, 57, 9),
    ("SE", "Sergipe", "Nordeste", "Aracaju", "2800308", "Itabaiana", 79, 49, 8),
    ("BA", "Bahia", "Nordeste", "Salvador", "2927408", "Feira de Santana", 71, 40, 52),
    ("MG", "Minas Gerais", "Sudeste", "Belo Horizonte", "3106200", "Uberlândia", 31, 30, 108),
    ("ES", "Espírito Santo", "Sudeste", "Vitória", "3205309", "Vila Velha", 27, 29, 20),
    ("RJ", "Rio de Janeiro", "Sudeste", "Rio de Janeiro", "3304557", "Niterói", 21, 20, 104),
    ("SP", "São Paulo", "Sudeste", "São Paulo", "3550308", "Campinas", 11, 10, 296),
    ("PR", "Paraná", "Sul", "Curitiba", "4106902", "Londrina", 41, 80, 62),
    ("SC", "Santa Catarina", "Sul", "Florianópolis", "4205407", "Joinville", 48, 88, 43),
    ("RS", "Rio Grande do Sul", "Sul", "Porto Alegre", "4314902", "Caxias do Sul", 51, 90, 58),
    ("MS", "Mato Grosso do Sul", "Centro-Oeste", "Campo Grande", "5002704", "Dourados", 67, 79, 13),
    ("MT", "Mato Grosso", "Centro-Oeste", "Cuiabá", "5103403", "Rondonópolis", 65, 78, 15),
    ("GO", "Goiás", "Centro-Oeste", "Goiânia", "5208707", "Anápolis", 62, 74, 28),
    ("DF", "Distrito Federal", "Centro-Oeste", "Brasília", "5300108", "Taguatinga", 61, 70, 24),
)

UF, STATE, MACRO_REGION, CAPITAL, IBGE, SECOND_CITY = (
    np.array([state[i] for state in STATES], dtype=object) for i in range(6)
)
AREA_CODE, ZIP_PREFIX, SHARE = (np.array([state[i] for state in STATES]) for i in range(6, 9))

MACRO_REGIONS = ("Sudeste", "Sul", "Nordeste", "Centro-Oeste", "Norte")
# Days on the road from the distribution centre in São Paulo.
TRANSIT_DAYS = np.array(
    [
        {"Sudeste": 2, "Sul": 3, "Centro-Oeste": 4, "Nordeste": 6, "Norte": 8}[m]
        for m in MACRO_REGION
    ]
)

WOMEN = _texts(
    "Ana, Maria, Juliana, Fernanda, Patrícia, Camila, Beatriz, Larissa, Mariana, Letícia, Aline, "
    "Amanda, Bruna, Carolina, Cláudia, Cristina, Daniela, Débora, Eduarda, Gabriela, Helena, "
    "Isabela, Jéssica, Luana, Luciana, Márcia, Natália, Priscila, Rafaela, Renata, Sandra, "
    "Simone, Sônia, Tatiane, Vanessa, Vitória, Alice, Laura, Valentina, Yasmin"
)
MEN = _texts(
    "João, José, Carlos, Paulo, Pedro, Lucas, Gabriel, Rafael, Marcelo, Bruno, Eduardo, Felipe, "
    "Rodrigo, Gustavo, Leonardo, Thiago, Vinícius, André, Antônio, Caio, Daniel, Diego, Fábio, "
    "Fernando, Francisco, Guilherme, Henrique, Igor, Leandro, Luiz, Marcos, Mateus, Otávio, "
    "Renato, Ricardo, Roberto, Samuel, Sérgio, Vítor, Wagner"
)
SURNAMES = _texts(
    "Silva, Santos, Oliveira, Souza, Rodrigues, Ferreira, Alves, Pereira, Lima, Gomes, Costa, "
    "Ribeiro, Martins, Carvalho, Almeida, Lopes, Soares, Fernandes, Vieira, Barbosa, Rocha, Dias, "
    "Nascimento, Andrade, Moreira, Nunes, Marques, Machado, Mendes, Freitas, Cardoso, Ramos, "
    "Gonçalves, Santana, Teixeira, Araújo, Pinto, Azevedo, Correia, Melo, Barros, Campos, "
    "Batista, Duarte, Moura, Peixoto, Farias, Cavalcanti, Monteiro, Tavares, Guimarães, Brandão, "
    "Assunção, Pacheco, Queiroz, Rezende"
)
STREETS = _texts(
    "Rua das Flores, Avenida Brasil, Rua Sete de Setembro, Rua XV de Novembro, Avenida Paulista, "
    "Rua das Acácias, Avenida Getúlio Vargas, Rua Tiradentes, Rua Dom Pedro II, Avenida Central, "
    "Rua Santos Dumont, Rua da Paz, Travessa do Comércio, Alameda dos Ipês, Rua São José, Avenida "
    "Atlântica, Rua Rui Barbosa, Rua Marechal Deodoro, Avenida das Nações, Rua Bela Vista"
)
DISTRICTS = _texts(
    "Centro, Jardim América, Vila Nova, Boa Vista, Santa Cecília, São Francisco, Bela Vista, "
    "Jardim Europa, Santo Antônio, Industrial, Vila Mariana, Alto da Glória, Santa Mônica, "
    "Floresta"
)
COMPANY_KINDS = _texts("Comércio, Distribuidora, Serviços, Soluções, Indústria, Papelaria, Mercado")
