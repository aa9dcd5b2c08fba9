/** Name stock of one origin; a family takes all its names from one or, rarely, two of them. */
export interface NamePool {
  readonly female: readonly string[];
  readonly male: readonly string[];
  readonly family: readonly string[];
}

const american: NamePool = {
  female: [
    'Abigail',
    'Brooklyn',
    'Charlotte',
    'Delaney',
    'Emma',
    'Harper',
    'Kaylee',
    'Madison',
    'Naomi',
    'Paige',
    'Savannah',
    'Tessa',
  ],
  male: [
    'Austin',
    'Bennett',
    'Caleb',
    'Dawson',
    'Ethan',
    'Hunter',
    'Isaiah',
    'Jaxon',
    'Logan',
    'Mason',
    'Owen',
    'Wyatt',
  ],
  family: [
    'Anderson',
    'Barlow',
    'Christensen',
    'Davis',
    'Ellsworth',
    'Fairbanks',
    'Garrett',
    'Hale',
    'Jensen',
    'Larsen',
    'McAllister',
    'Nielson',
    'Peterson',
    'Quigley',
    'Rasmussen',
    'Stewart',
    'Thompson',
    'Van Buren',
    'Whitaker',
    'Young',
  ],
};

const hispanic: NamePool = {
  female: [
    'Camila',
    'Daniela',
    'Guadalupe',
    'Itzel',
    'Lucía',
    'María José',
    'Noemí',
    'Sofía',
    'Valentina',
    'Ximena',
  ],
  male: ['Adrián', 'Ángel', 'Diego', 'Emiliano', 'Iñaki', 'Jesús', 'José Luis', 'Mateo', 'Ramón', 'Santiago'],
  family: [
    'Álvarez',
    'Castañeda',
    'Delgado Ruiz',
    'Fernández',
    'García López',
    'Hernández',
    'Ibáñez',
    'Jiménez',
    'Martínez',
    'Muñoz',
    'Núñez',
    "O'Brien-Sánchez",
    'Peña',
    'Quiñones',
    'Ramírez',
    'Zúñiga',
  ],
};

const vietnamese: NamePool = {
  female: ['Ánh', 'Bích Ngọc', 'Diễm', 'Hương', 'Linh', 'Mỹ Duyên', 'Thảo', 'Tường Vi'],
  male: ['Bảo', 'Đức', 'Hiếu', 'Khôi', 'Minh', 'Quốc Anh', 'Tuấn', 'Vĩnh'],
  family: ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Võ', 'Đặng', 'Bùi'],
};

const somali: NamePool = {
  female: ['Amina', 'Fadumo', 'Hodan', 'Ifrah', 'Khadra', 'Sahra'],
  male: ['Abdirahman', 'Bilal', 'Guled', 'Liban', 'Mahad', 'Yusuf'],
  family: ['Abdi', 'Cabdulle', 'Farah', 'Hassan', 'Jama', 'Warsame'],
};

const russian: NamePool = {
  female: ['Anastasiya', 'Darya', 'Ekaterina', 'Kseniya', 'Polina', 'Yuliya'],
  male: ['Aleksandr', 'Dmitriy', 'Fyodor', 'Mikhail', 'Sergey', 'Vladislav'],
  family: ['Ivanov', 'Kuznetsov', 'Morozov', 'Popov', 'Shcherbakov', 'Volkov'],
};

const portuguese: NamePool = {
  female: ['Beatriz', 'Conceição', 'Inês', 'Júlia', 'Letícia', 'Thaís'],
  male: ['Antônio', 'Caio', 'Gonçalo', 'João', 'Luís', 'Otávio'],
  family: ['Araújo', 'Conceição', 'Gonçalves', 'Magalhães', 'Simões', 'Brandão'],
};

const haitian: NamePool = {
  female: ['Fabiola', 'Guerline', 'Islande', 'Mirlande', 'Naïka', 'Roseline'],
  male: ['Djimy', 'Frantz', 'Jean-Baptiste', 'Kervens', 'Réginald', 'Wilner'],
  family: ['Augustin', 'Béliard', 'Dorcély', 'Jean-Louis', 'Pierre-Paul', 'Saint-Fleur'],
};

const european: NamePool = {
  female: [
    'Agnieszka',
    'Björk',
    'Chloë',
    'Eszter',
    'Gülşen',
    'Katharina',
    'Małgorzata',
    'Þórdís',
    'Zoë',
    'Željka',
  ],
  male: ['Bjørn', 'Čeněk', 'François', 'İlker', 'Jürgen', 'Łukasz', 'Ondřej', 'Seán', 'Tamás', 'Zdzisław'],
  family: [
    'Brzęczyszczykiewicz',
    'Dvořák',
    'Erdoğan',
    'Großmann',
    "O'Súilleabháin",
    'Łukaszewicz',
    'Ørsted',
    'Sigurðardóttir',
    'Szabó',
    'Ștefănescu',
    'de la Croix',
    'Žukauskas',
  ],
};

const pacificAndAfrican: NamePool = {
  female: ['Adébáyọ̀', 'Hōkūlani', 'Leilani', 'Ngozi', 'Sālote', 'Ọláyínká'],
  male: ['Chukwuemeka', 'Ìdòwú', 'Keoni', 'Kūhiō', 'Sione', 'Tāne'],
  family: ['Akínwándé', 'Faʻalogo', 'Kealoha', 'Okonkwo', 'Tuʻipulotu', 'Wāhineʻaeaea'],
};

/** How often a family speaks a language at home, and where its names come from. */
export const origins: readonly (readonly [{ readonly language: string; readonly pool: NamePool }, number])[] =
  [
    [{ language: 'en', pool: american }, 52],
    [{ language: 'en', pool: hispanic }, 8],
    [{ language: 'en', pool: european }, 6],
    [{ language: 'en', pool: pacificAndAfrican }, 3],
    [{ language: 'en', pool: vietnamese }, 1],
    [{ language: 'es', pool: hispanic }, 20],
    [{ language: 'vi', pool: vietnamese }, 3],
    [{ language: 'so', pool: somali }, 2.5],
    [{ language: 'ru', pool: russian }, 2],
    [{ language: 'pt', pool: portuguese }, 1.5],
    [{ language: 'ht', pool: haitian }, 1],
  ];

export const staffNames: NamePool = american;
